use super::App;
use crate::config::RetentionConfig;
use crate::failure::Failure;

impl App {
    /// Deletes expired carts, declines that count no more, and idempotency keys and timelines past their
    /// retention; one replica at a time.
    pub(crate) async fn sweep(&self, keep: &RetentionConfig) -> Result<(), Failure> {
        let swept = self
            .store
            .exclusively("order.sweep", || self.sweep_once(keep));
        swept.await?.unwrap_or(Ok(()))
    }

    async fn sweep_once(&self, keep: &RetentionConfig) -> Result<(), Failure> {
        let now = self.clock.now();
        let keys = now - keep.idempotency_keys();
        let timelines = now - keep.timelines();
        let declines = now - self.decline_limits.window;
        while self.store.sweep_declines(declines).await? > 0 {}
        while self.store.sweep_carts(now).await? > 0 {}
        while self.store.sweep_keys(keys).await? > 0 {}
        while self.store.sweep_timelines(timelines).await? > 0 {}
        Ok(())
    }
}
