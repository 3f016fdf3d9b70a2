use super::{
    answer::{Answer, page},
    request::Query,
};
use crate::{
    model::{ActionFilter, Actions, Service, TIME, Time},
    upstreams::Upstreams,
};

/// List staff actions
///
/// What staff did in one service, newest first: who, what, before and after. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/actions", tag = "Operations",
    params(
        ("service" = Service, Query, description = "The service"),
        ("kind" = Option<String>, Query, description = "Only actions of this kind, such as `product.update`"),
        ("subject" = Option<String>, Query, description = "Only actions on this message, order, SKU or account"),
        ("actor_id" = Option<Uuid>, Query, description = "Only actions of this account"),
        ("since" = Option<Time>, Query, description = "Only actions from this time on (RFC 3339)"),
        ("until" = Option<Time>, Query, description = "Only actions before this time (RFC 3339)"),
        ("page_size" = Option<u32>, Query, description = "Actions per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Actions)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let service = query.required("service", &Service::NAMES);
    let filter = ActionFilter {
        kind: query.text("kind"),
        subject: query.text("subject"),
        actor_id: query.text("actor_id"),
        since: query.parsed("since", TIME),
        until: query.parsed("until", TIME),
    };
    let wanted = query.page();
    let links = query.finish()?;
    let audit = upstreams.audit(service.unwrap_or_default());
    let listed = audit.actions(filter, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}
