//! The stream by which the page of an order follows it, for customers and for staff.

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_ENCODING, HeaderValue},
    web::Data,
};
use kernel::OrderId;

use super::Answer;
use crate::{
    edge::rate_limit::Client,
    model::TimelineEntry,
    progress::{Following, Progress, respond},
    rest::request::{LastEventId, Query, Segment},
    upstreams::Upstreams,
};

/// The stream that lets the page follow its order: one event per entry of the timeline, without its words.
pub(crate) async fn follow(
    request: HttpRequest,
    upstreams: Upstreams,
    client: Client,
    progress: Data<Progress>,
    Segment(order): Segment<OrderId>,
    LastEventId(last): LastEventId,
    mut query: Query,
) -> Answer {
    let following = Following {
        order,
        last: last.or_else(|| query.parsed("after", "a number")),
        write: event,
    };
    let mut response = respond(following, &request, &client, &progress, upstreams).await?;
    // Compression would hold events back.
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(response)
}

/// An entry of the timeline as an event: only that there is one. The script loads the page again, so the words have one
/// place.
fn event(entry: &TimelineEntry) -> String {
    let position = entry.position;
    format!("id: {position}\ndata: {position}\n\n")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn nothing_of_the_message_of_an_entry_is_sent() {
        let declined = TimelineEntry {
            position: 7,
            at: DateTime::UNIX_EPOCH,
            service: "payment".to_owned(),
            kind: "payment_declined".to_owned(),
            message: "Payment declined: do not honor".to_owned(),
        };
        assert_eq!(event(&declined), "id: 7\ndata: 7\n\n");
    }
}
