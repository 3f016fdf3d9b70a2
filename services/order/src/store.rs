//! Every SQL statement of `order`. A write commits its state, its timeline and its messages together.

use persistence::Database;

use crate::failure::Failure;
use crate::saga::Timing;

mod carts;
mod codes;
mod discounts;
mod due;
mod operator;
mod place;
mod queries;
mod record;
mod refunds;
mod rows;
mod sagas;
mod send;
mod sweep;
mod transitions;

pub(crate) use carts::StoredCart;
pub(crate) use operator::Operator;
pub(crate) use place::{NewOrder, Placing};
pub(crate) use queries::PageRequest;
pub(crate) use refunds::NewRefund;
pub(crate) use sagas::{SagaCount, SagaPage, states_in_flight, waited_for};
pub(crate) use transitions::{Change, Reference, Reply, Report};

/// The transaction that a message is handled in.
pub(crate) type Transaction = diesel_async::AsyncPgConnection;

/// The database of `order`. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
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
