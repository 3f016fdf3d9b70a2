use kernel::{Sku, UserId};

use super::App;
use crate::domain::{Adjustment, Level};
use crate::failure::Failure;

impl App {
    /// The units of one SKU, archived or not.
    ///
    /// # Errors
    /// `ProductNotFound`; the database.
    pub(crate) async fn stock_level(&self, sku: &Sku) -> Result<Level, Failure> {
        self.store.level(sku).await
    }

    /// Changes the units on hand.
    ///
    /// # Errors
    /// `ProductNotFound`, `StockInsufficient`; the database.
    pub(crate) async fn adjust_stock(
        &self,
        adjustment: Adjustment,
        by: UserId,
    ) -> Result<Level, Failure> {
        let level = self.store.adjust_stock(adjustment, by).await?;
        self.outbox.wake();
        Ok(level)
    }
}
