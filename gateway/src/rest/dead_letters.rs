//! Messages that nobody could handle, for people who work here.

use contracts::operations::v1::{
    DropDeadLetterRequest, GetDeadLetterRequest, ListDeadLettersRequest,
    RedriveAllDeadLettersRequest, RedriveDeadLetterRequest,
};

use super::answer::{Answer, no_content, ok};
use crate::{
    model::{DeadLetter, DeadLetters, Redriven, Service, Why},
    rest::request::{Body, Query, Segment, Segments},
    upstreams::{Rpc, promised},
};

/// List dead letters
///
/// Messages that a service could not handle. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters", tag = "Operations",
    params(
        ("service" = Service, Query, description = "Whose"),
        ("limit" = Option<u32>, Query, description = "How many, 20 by default", minimum = 1, maximum = 100)),
    responses((status = 200, description = "The oldest, without their contents", body = DeadLetters)))]
pub(crate) async fn list(rpc: Rpc, mut query: Query) -> Answer {
    let service = query.required("service", &Service::WORDS);
    let request = ListDeadLettersRequest {
        limit: query.size("limit"),
    };
    query.finish()?;
    let mut client = rpc.dead_letters(service.unwrap_or_default());
    let reply = rpc.call(client.list_dead_letters(request)).await?;
    ok(&DeadLetters::from(reply))
}

/// Read a dead letter
///
/// Staff only.
#[utoipa::path(get, path = "/api/v1/staff/dead-letters/{service}/{id}", tag = "Operations",
    params(("service" = Service, Path, description = "Whose"),
        ("id" = String, Path, description = "The message's id")),
    responses((status = 200, description = "With its contents", body = DeadLetter)),
    extensions(("x-problems" = json!(["DEAD_LETTER_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(rpc: Rpc, Segments(service, id): Segments<Service, String>) -> Answer {
    let mut client = rpc.dead_letters(service);
    let request = GetDeadLetterRequest { id };
    let reply = rpc.call(client.get_dead_letter(request)).await?;
    let letter = promised(reply.dead_letter, "GetDeadLetterResponse.dead_letter")?;
    ok(&DeadLetter::from(letter))
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
    rpc: Rpc,
    Segments(service, id): Segments<Service, String>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    let mut client = rpc.dead_letters(service);
    let request = RedriveDeadLetterRequest { id, reason };
    rpc.call(client.redrive_dead_letter(request)).await?;
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
    rpc: Rpc,
    Segment(service): Segment<Service>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    let mut client = rpc.dead_letters(service);
    let request = RedriveAllDeadLettersRequest { reason };
    let reply = rpc.call(client.redrive_all_dead_letters(request)).await?;
    let redriven = reply.redriven;
    ok(&Redriven { redriven })
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
    rpc: Rpc,
    Segments(service, id): Segments<Service, String>,
    Body(Why { reason }): Body<Why>,
) -> Answer {
    let mut client = rpc.dead_letters(service);
    let request = DropDeadLetterRequest { id, reason };
    rpc.call(client.drop_dead_letter(request)).await?;
    no_content()
}
