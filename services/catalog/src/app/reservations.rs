use super::App;
use crate::failure::Failure;
use crate::metrics::{CATALOG_RESERVATIONS_EXPIRED, CATALOG_STOCK_UNITS};

impl App {
    /// Ends at most `batch` holds whose time is over. Returns whether there may be more. Any number of
    /// replicas may call this at once.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn expire_reservations(&self, batch: u32) -> Result<bool, Failure> {
        let (expired, units) = self.store.expire(batch).await?;
        if expired > 0 {
            tracing::info!(expired, "holds on stock ended by themselves");
            CATALOG_RESERVATIONS_EXPIRED.add(u64::try_from(expired).unwrap_or(0));
            CATALOG_STOCK_UNITS.of("expired").add(units);
            self.outbox.wake();
        }
        Ok(expired >= i64::from(batch))
    }
}
