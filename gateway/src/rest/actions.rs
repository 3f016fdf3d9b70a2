use super::{
    answer::{Answer, ok},
    request::Query,
};
use crate::{
    model::{Actions, Service},
    upstreams::Upstreams,
};

/// List operator actions
///
/// The audit log of one service, newest first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/actions", tag = "Operations",
    params(
        ("service" = Service, Query, description = "The service"),
        ("page_size" = Option<u32>, Query, description = "Actions per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page", body = Actions)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let service = query.required("service", &Service::NAMES);
    let page = query.page();
    query.finish()?;
    let audit = upstreams.audit(service.unwrap_or_default());
    ok(&audit.actions(page).await?)
}
