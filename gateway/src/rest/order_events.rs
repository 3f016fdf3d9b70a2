//! The progress of an order as server-sent events (WHATWG HTML, section 9.2).

use std::rc::Rc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method,
        header::{self, HeaderName},
    },
    web::Data,
};
use kernel::OrderId;

use super::{
    answer::Answer,
    request::{LastEventId, Segment},
};
use crate::{
    edge::{
        client_address::network,
        connection::Exchange,
        problem::{Problem, reasons},
        rate_limit::Client,
    },
    progress::{Progress, Refused},
    upstreams::Upstreams,
};

mod stream;
mod text;

use stream::Follow;

/// Asks proxies such as nginx to pass events on at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

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
    let account = client
        .user
        .ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    let permit = progress
        .admit(account, client.address.map(network))
        .map_err(|refused| match refused {
            Refused::Full => Problem::new(&reasons::OVERLOADED),
            Refused::TooMany => Problem::new(&reasons::TOO_MANY_STREAMS),
        })?;
    // Before the first read, so that no event is missed in between.
    let watch = progress.watch(id);
    let first = upstreams
        .order()
        .progress(id, last.unwrap_or_default())
        .await?;
    let is_over = first.end().is_some() && first.entries.is_empty();
    if is_over && last.is_some() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let mut response = head();
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.end_with_client();
    }
    let follow = Follow::new(
        &progress,
        permit,
        watch,
        upstreams,
        id,
        last.unwrap_or_default(),
    );
    Ok(response.streaming(follow.events(first)))
}

fn head() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((X_ACCEL_BUFFERING, "no"));
    response
}
