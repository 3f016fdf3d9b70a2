use super::App;

impl App {
    /// Deletes old finished operations and old webhook events. Payments, refunds and the ledger are kept.
    pub(crate) async fn sweep(&self) -> Result<(), persistence::Error> {
        let config = self.config.retention;
        let mut deleted = 0;
        loop {
            match self.store.sweep_operations(config.operations_days).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, "finished operations deleted");
        }
        let days = config.webhooks_days;
        while self.store.sweep_webhooks(days).await? > 0 {}
        while self.store.sweep_kept_webhooks(days).await? > 0 {}
        Ok(())
    }
}
