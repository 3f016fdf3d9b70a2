//! Every SQL statement of `order`. A write commits state, timeline and messages together.

use persistence::Database;

use crate::failure::Failure;
use crate::saga::Timing;

mod cart_lines;
mod carts;
mod codes;
mod declines;
mod discounts;
mod load;
mod messages;
mod operator;
mod order_list;
mod order_numbers;
mod orders;
mod place;
mod refunds;
mod restore_cart;
mod retention;
mod returns;
mod rows;
mod sagas;
mod save;
mod sold_order;
mod stored_cart;
mod units;

pub(crate) use codes::code;
pub(crate) use discounts::DiscountPage;
pub(crate) use operator::{SagaCount, SagaPage, awaited};
pub(crate) use order_list::PageRequest;
pub(crate) use place::{NewOrder, Placing};
pub(crate) use refunds::NewRefund;
pub(crate) use returns::ReturnPage;
pub(crate) use stored_cart::StoredCart;

/// The database of `order`. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) database: Database,
    timing: Timing,
}

impl Store {
    pub(crate) fn new(database: Database, timing: Timing) -> Self {
        Self { database, timing }
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}
