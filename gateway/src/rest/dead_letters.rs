use super::{
    answer::{Answer, no_content, ok, page},
    request::{Body, Query, Segment, Segments},
};
use crate::{
    model::{ActionReason, DeadLetter, DeadLetters, Redriven, Service},
    upstreams::Upstreams,
};

/// List dead letters
///
/// Messages that a service failed to handle. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters", tag = "Operations",
    params(
        ("service" = Service, Query, description = "The service"),
        ("page_size" = Option<u32>, Query, description = "Dead letters at most, 20 by default. There is one page: handle these, and list again", minimum = 1, maximum = 100)),
    responses((status = 200, description = "The oldest, without their data",
        headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = DeadLetters)))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let service = query.required("service", &Service::NAMES);
    let size = query.size("page_size");
    let links = query.finish()?;
    let dead_letters = upstreams.dead_letters(service.unwrap_or_default());
    page(&links, None, &dead_letters.list(size).await?)
}

/// Read a dead letter
///
/// Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters/{service}/{id}", tag = "Operations",
    params(("service" = Service, Path, description = "The service"),
        ("id" = Uuid, Path, description = "The message's id")),
    responses((status = 200, description = "With its data", body = DeadLetter)),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
) -> Answer {
    ok(&upstreams.dead_letters(service).get(id).await?)
}

/// Redrive a dead letter
///
/// Sends it to its queue again, as a first attempt. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/{id}/redrive", tag = "Operations",
    params(("service" = Service, Path, description = "The service"),
        ("id" = Uuid, Path, description = "The message's id")),
    request_body = ActionReason,
    responses((status = 204, description = "Sent to its queue")),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn redrive(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    upstreams.dead_letters(service).redrive(id, reason).await?;
    no_content()
}

/// Redrive all dead letters
///
/// Sends the current dead letters of one service to their queues again, as many as fit into the time
/// budget. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/redrive", tag = "Operations",
    params(("service" = Service, Path, description = "The service")),
    request_body = ActionReason,
    responses((status = 200, description = "Sent to their queues", body = Redriven)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED"]))))]
pub(crate) async fn redrive_all(
    upstreams: Upstreams,
    Segment(service): Segment<Service>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.dead_letters(service).redrive_all(reason).await?)
}

/// Drop a dead letter
///
/// Removes it for good; its message is never handled. Staff only, audited with its data.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/{id}/drop", tag = "Operations",
    params(("service" = Service, Path, description = "The service"),
        ("id" = Uuid, Path, description = "The message's id")),
    request_body = ActionReason,
    responses((status = 204, description = "Deleted")),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn drop(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    upstreams.dead_letters(service).drop(id, reason).await?;
    no_content()
}
