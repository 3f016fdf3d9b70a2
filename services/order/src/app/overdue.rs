use super::{App, counters};
use crate::failure::Failure;

impl App {
    /// Continues every saga and refund whose reply is overdue.
    pub(crate) async fn continue_overdue(&self) -> Result<(), Failure> {
        loop {
            let now = self.clock.now();
            // Sagas continue, and are counted, also when refunds fail.
            let changes = self.store.overdue(now).await;
            for change in changes.iter().flatten() {
                counters::count(&change.order, &change.events, now);
            }
            let refunds = self.store.ask_for_refunds_again(now).await;
            let (changes, refunds) = (changes?, refunds?);
            if changes.is_empty() && refunds == 0 {
                return Ok(());
            }
            self.outbox.wake();
        }
    }
}
