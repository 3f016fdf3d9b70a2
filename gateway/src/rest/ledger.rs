//! The ledger, for staff.

use kernel::OrderId;

use super::{
    answer::{Answer, page},
    request::{PageLinks, Segment},
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
    responses((status = 200, description = "Oldest first", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = Ledger)))]
pub(crate) async fn of_order(
    upstreams: Upstreams,
    links: PageLinks,
    Segment(id): Segment<OrderId>,
) -> Answer {
    page(&links, None, &upstreams.payment().ledger(id).await?)
}

/// Read all balances
///
/// The balances of a currency sum to zero. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/ledger/balances", tag = "Staff",
    responses((status = 200, description = "By account and currency", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = Balances)))]
pub(crate) async fn balances(upstreams: Upstreams, links: PageLinks) -> Answer {
    page(&links, None, &upstreams.payment().balances().await?)
}
