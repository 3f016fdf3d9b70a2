//! Proto to domain and back; no rules.

use tonic::{Response, Status};

use crate::app::App;

mod carts;
mod convert;
mod discounts;
mod order_list;
mod orders;
mod policy;
mod reasons;
mod returns;
mod sagas;

pub use policy::POLICY;
pub use reasons::REASONS;

/// The RPCs of `CartService`.
pub(crate) struct Carts(pub(crate) App);

/// The RPCs of `DiscountService`.
pub(crate) struct Discounts(pub(crate) App);

/// The RPCs of `OrderService`.
pub(crate) struct Orders(pub(crate) App);

/// The RPCs of `ReturnService`.
pub(crate) struct Returns(pub(crate) App);

/// The RPCs of `SagaService`.
pub(crate) struct Sagas(pub(crate) App);

type Answer<T> = Result<Response<T>, Status>;
