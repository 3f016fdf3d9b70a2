//! The audit of what was done by hand, for people who work here.

use contracts::operations::v1::ListActionsRequest;

use super::answer::{Answer, ok};
use crate::{
    model::{Actions, Service},
    rest::request::Query,
    upstreams::Rpc,
};

/// List what was done by hand
///
/// In one service, newest first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/actions", tag = "Operations",
    params(
        ("service" = Service, Query, description = "In which service"),
        ("page_size" = Option<u32>, Query, description = "Actions a page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the page before")),
    responses((status = 200, description = "One page", body = Actions)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn list(rpc: Rpc, mut query: Query) -> Answer {
    let service = query.required("service", &Service::WORDS);
    let request = ListActionsRequest {
        page_size: query.page_size(),
        page_token: query.text("page_token").unwrap_or_default(),
    };
    query.finish()?;
    let mut client = rpc.audit(service.unwrap_or_default());
    let reply = rpc.call(client.list_actions(request)).await?;
    ok(&Actions::try_from(reply)?)
}
