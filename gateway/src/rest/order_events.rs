//! The progress of an order as server-sent events (WHATWG HTML, section 9.2).

use actix_web::{HttpRequest, web::Data};
use kernel::OrderId;

use super::{
    answer::Answer,
    request::{LastEventId, Segment},
};
use crate::{
    edge::rate_limit::Client,
    progress::{Following, Progress, respond, text},
    upstreams::Upstreams,
};

/// Follow an order
///
/// The timeline as server-sent events: one event per entry, with its position as `id`, its kind as `event`, and the entry as
/// JSON in `data`. The event `end` is the last one of an order that is rejected, cancelled or delivered; close the stream
/// then. A stream also ends after some minutes, when the access token has expired, and when the server restarts: connect
/// again after `retry` with a valid token and the last `id` in `Last-Event-ID`, and the stream continues there. Lines with a
/// colon in front are comments that keep the connection open.
#[utoipa::path(get, path = "/api/v1/orders/{id}/events", tag = "Orders",
    params(("id" = Uuid, Path, description = "The order's id"),
        ("Last-Event-ID" = Option<u32>, Header, description = "The `id` of the last event that the client has", example = 2)),
    responses(
        (status = 200, description = "The events from the beginning, or after `Last-Event-ID`", content_type = "text/event-stream",
            body = String, example = "id: 1\nevent: placed\ndata: {\"position\":1,\"at\":\"2026-11-29T10:00:00Z\",\"service\":\"order\",\"kind\":\"placed\",\"message\":\"Order placed\"}\n\n: heartbeat\n\nevent: end\ndata: {\"status\":\"delivered\"}\n\n"),
        (status = 204, description = "The order has ended, and the client has its last event: do not connect again")),
    extensions(("x-problems" = json!(["ORDER_NOT_FOUND", "TOO_MANY_STREAMS"]))))]
pub(crate) async fn follow(
    request: HttpRequest,
    upstreams: Upstreams,
    client: Client,
    progress: Data<Progress>,
    Segment(id): Segment<OrderId>,
    LastEventId(last): LastEventId,
) -> Answer {
    let following = Following {
        order: id,
        last,
        write: text::entry,
    };
    respond(following, &request, &client, &progress, upstreams).await
}
