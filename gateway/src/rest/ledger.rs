//! The ledger, for staff.

use kernel::OrderId;

use super::{
    answer::{Answer, ok},
    request::Segment,
};
use crate::{
    model::{Balances, Ledger},
    upstreams::Upstreams,
};

/// Read an order's ledger entries
///
/// Staff only.
#[utoipa::path(get, path = "/api/v1/staff/orders/{id}/ledger", tag = "Staff",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "Oldest first", body = Ledger)))]
pub(crate) async fn of_order(upstreams: Upstreams, Segment(id): Segment<OrderId>) -> Answer {
    ok(&upstreams.payment().ledger(id).await?)
}

/// Read all balances
///
/// The balances of a currency sum to zero. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/ledger/balances", tag = "Staff",
    responses((status = 200, description = "By account and currency", body = Balances)))]
pub(crate) async fn balances(upstreams: Upstreams) -> Answer {
    ok(&upstreams.payment().balances().await?)
}
