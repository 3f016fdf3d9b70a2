//! Messages that nobody could handle, for people who work here.

use super::{
    answer::{Answer, no_content, ok},
    request::{Body, Query, Segment, Segments},
};
use crate::{
    model::{DeadLetter, DeadLetters, Redriven, Service, Why},
    upstreams::Upstreams,
};

/// List dead letters
///
/// Messages that a service could not handle. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters", tag = "Operations",
    params(
        ("service" = Service, Query, description = "Whose"),
        ("limit" = Option<u32>, Query, description = "How many, 20 by default", minimum = 1, maximum = 100)),
    responses((status = 200, description = "The oldest, without their contents", body = DeadLetters)))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let service = query.required("service", &Service::NAMES);
    let limit = query.size("limit");
    query.finish()?;
    let dead_letters = upstreams.dead_letters(service.unwrap_or_default());
    ok(&dead_letters.list(limit).await?)
}

/// Read a dead letter
///
/// Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters/{service}/{id}", tag = "Operations",
    params(("service" = Service, Path, description = "Whose"),
        ("id" = String, Path, description = "The message's id")),
    responses((status = 200, description = "With its contents", body = DeadLetter)),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
) -> Answer {
    ok(&upstreams.dead_letters(service).get(id).await?)
}

/// Redrive a dead letter
///
/// Sends it back to its queue as a first try. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/{id}/redrive", tag = "Operations",
    params(("service" = Service, Path, description = "Whose"),
        ("id" = String, Path, description = "The message's id")),
    request_body = Why,
    responses((status = 204, description = "It is on its way")),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn redrive(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    upstreams.dead_letters(service).redrive(id, reason).await?;
    no_content()
}

/// Redrive all dead letters
///
/// Of one service: those that are there now, as many as a few seconds allow. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/redrive", tag = "Operations",
    params(("service" = Service, Path, description = "Whose")),
    request_body = Why,
    responses((status = 200, description = "They are on their way", body = Redriven)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED"]))))]
pub(crate) async fn redrive_all(
    upstreams: Upstreams,
    Segment(service): Segment<Service>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    ok(&upstreams.dead_letters(service).redrive_all(reason).await?)
}

/// Drop a dead letter
///
/// For good: what it asked for is never done. Staff only, audited with its contents.
#[utoipa::path(post, path = "/api/v1/staff/dead-letters/{service}/{id}/drop", tag = "Operations",
    params(("service" = Service, Path, description = "Whose"),
        ("id" = String, Path, description = "The message's id")),
    request_body = Why,
    responses((status = 204, description = "It is gone")),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn drop(
    upstreams: Upstreams,
    Segments(service, id): Segments<Service, String>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    upstreams.dead_letters(service).drop(id, reason).await?;
    no_content()
}
