//! The ledger, for people who work here.

use contracts::payment::v1::{ListBalancesRequest, ListLedgerEntriesRequest};
use kernel::OrderId;

use super::answer::{Answer, ok};
use crate::{
    model::{Balances, Ledger},
    rest::request::Segment,
    upstreams::Rpc,
};

/// Read an order's ledger entries
///
/// Staff only.
#[utoipa::path(get, path = "/api/v1/orders/{id}/ledger", tag = "Ledger",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "Oldest first", body = Ledger)))]
pub(crate) async fn of_order(rpc: Rpc, Segment(id): Segment<OrderId>) -> Answer {
    let request = ListLedgerEntriesRequest {
        order_id: id.to_string(),
    };
    let reply = rpc.call(rpc.payment().list_ledger_entries(request)).await?;
    ok(&Ledger::try_from(reply)?)
}

/// Read all balances
///
/// Staff only. Over all accounts of a currency they sum to zero.
#[utoipa::path(get, path = "/api/v1/ledger/balances", tag = "Ledger",
    responses((status = 200, description = "By account and currency", body = Balances)))]
pub(crate) async fn balances(rpc: Rpc) -> Answer {
    let reply = rpc
        .call(rpc.payment().list_balances(ListBalancesRequest {}))
        .await?;
    ok(&Balances::try_from(reply)?)
}
