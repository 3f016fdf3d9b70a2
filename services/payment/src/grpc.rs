//! Proto to domain and back; no rules.

use tokens::Pages;
use tonic::{Response, Status};

use crate::app::{App, Reconciler};

mod convert;
mod payments;
mod policy;
mod reasons;
mod reconciliations;

pub use policy::POLICY;
pub use reasons::REASONS;

/// The RPCs of `PaymentService`.
pub(crate) struct Payments(pub(crate) App);

/// The RPCs of `ReconciliationService`.
pub(crate) struct Reconciliations {
    pub(crate) reconciler: Reconciler,
    pub(crate) pages: Pages,
}

type Answer<T> = Result<Response<T>, Status>;
