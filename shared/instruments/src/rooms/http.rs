//! REST, at the gateway: rate, errors and duration by row of the URL table.

use super::{GATEWAY, WAITED_FOR, room};
use crate::Label;

room! {
    /// Time from a request's head to the head of its answer, by row of the URL table; a URL that is in no row is `none`
    HTTP_SERVER_REQUEST_DURATION: Histogram<3> = new(
        "http_server_request_duration_seconds",
        [Label::up_to("method", 12), Label::up_to("route", 150), Label::up_to("status", 60)],
        GATEWAY,
        WAITED_FOR,
    );
    /// Requests whose answers have not begun yet
    HTTP_SERVER_ACTIVE_REQUESTS: Gauge<0> = new("http_server_active_requests", [], GATEWAY);
}
