//! Every SQL statement of `user`.

use persistence::Database;

use crate::failure::Failure;

mod addresses;
mod callers;
mod credentials;
mod customers;
mod notifications;
mod open_sessions;
mod second_factors;
mod sessions;
mod signing_keys;
mod staff;
mod throttles;
mod users;

pub(crate) use credentials::Owner;
pub(crate) use notifications::{DeliveryOutcome, Leased};
pub(crate) use second_factors::SecondFactorRow;
pub(crate) use sessions::{LockedSession, NewSession, NewToken};
pub(crate) use signing_keys::SigningKeyRow;
pub(crate) use staff::NewInvitation;
pub(crate) use throttles::BucketKey;
pub(crate) use users::{Account, PasswordHolder};

/// The database of `user`. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) database: Database,
}

impl Store {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}
