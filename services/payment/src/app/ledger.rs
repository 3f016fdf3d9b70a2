use kernel::OrderId;
use persistence::Error;

use super::App;
use crate::domain::{Balance, BookedEntry};
use crate::failure::Failure;

const MAX_ENTRIES: i64 = 200;

impl App {
    /// The entries of an order, oldest first, at most 200.
    pub(crate) async fn ledger_of(&self, order_id: OrderId) -> Result<Vec<BookedEntry>, Failure> {
        Ok(self.store.entries_of(order_id, MAX_ENTRIES).await?)
    }

    /// Every account's balance per currency.
    pub(crate) async fn balances(&self) -> Result<Vec<Balance>, Failure> {
        Ok(self.store.balances().await?)
    }

    /// Adds the latest bookings to the balances.
    pub(crate) async fn roll_up(&self) -> Result<(), Error> {
        while self.store.roll_up().await? > 0 {}
        Ok(())
    }
}
