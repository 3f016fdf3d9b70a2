//! Holds that may have expired at the provider.

use super::App;

impl App {
    /// Schedules lookups of holds that were not captured for long: they may have expired, and the
    /// event may be lost.
    pub(crate) async fn watch_old_holds(&self) -> Result<(), persistence::Error> {
        let age = self.config.lookups.held_after();
        while self.store.watch_holds(self.clock.now() - age).await? > 0 {}
        Ok(())
    }
}
