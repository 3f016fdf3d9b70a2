use kernel::{Sku, UserId};
use outbox::Messages;

use super::App;
use crate::domain::{Adjustment, Level};
use crate::failure::Failure;
use crate::store::{Store, stock_adjusted};

impl App {
    /// The stock level of a SKU, archived or not.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn stock_level(&self, sku: &Sku) -> Result<Level, Failure> {
        self.store.level(sku).await
    }

    /// Changes the units on hand, once for a key.
    ///
    /// # Errors
    /// `ProductNotFound`, `StockInsufficient`, `KeyReused`; the database.
    pub(crate) async fn adjust_stock(
        &self,
        adjustment: Adjustment,
        by: UserId,
        request: idempotency::Request,
    ) -> Result<Level, Failure> {
        let now = self.clock.now();
        let level = self
            .store
            .database()
            .transaction(async move |conn| {
                if let Some(level) = request.earlier(conn, now).await? {
                    return Ok(level);
                }
                let mut inventory =
                    Store::lock_inventory(conn, &[], &[&adjustment.sku], now).await?;
                let (delta, reason) = (adjustment.delta, adjustment.reason.clone());
                let level = inventory.adjust(adjustment, by)?;
                stock_adjusted(conn, by, &level, delta, &reason).await?;
                Store::save(conn, inventory.into_changes(), Messages::new()).await?;
                request.answered(conn, &level).await?;
                Ok::<_, Failure>(level)
            })
            .await?;
        self.outbox.wake();
        Ok(level)
    }
}
