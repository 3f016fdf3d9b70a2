use super::App;

impl App {
    /// Schedules lookups of old authorizations that are not captured: they may have expired at the provider,
    /// and the webhook may be lost.
    pub(crate) async fn watch_old_authorizations(&self) -> Result<(), persistence::Error> {
        let age = self.config.lookups.authorization_age();
        while self
            .store
            .watch_authorizations(self.clock.now() - age)
            .await?
            > 0
        {}
        Ok(())
    }
}
