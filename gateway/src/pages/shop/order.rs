//! The page of an order: where it is, what is next, and what its customer can do.

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_ENCODING, HeaderValue},
    web::Data,
};
use askama::Template;
use futures_util::future::join;
use kernel::OrderId;

use crate::{
    edge::{problem::reasons, rate_limit::Client},
    pages::{
        Answer, filters, form::Form, layout::Layout, notice, page, see_other, visitor::Visitor,
    },
    progress::{Following, Progress, respond},
    rest::{
        order_page,
        request::{LastEventId, Query, Segment},
    },
    upstreams::Upstreams,
};

pub(super) mod summary;
mod view;
mod words;

use view::View;
pub(super) use view::{number, returnable};

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderPage {
    layout: Layout,
    view: View,
}

/// Shows an order. What the bank adds to the URL when it sends the customer back is neither read nor shown: it has
/// secrets of the payment.
pub(crate) async fn show(visitor: Visitor, Segment(id): Segment<OrderId>) -> Answer {
    let read = Box::pin(order_page::read(visitor.upstreams(), id));
    let (layout, read) = join(visitor.layout(), read).await;
    let view = View::of(read?);
    page(&OrderPage {
        layout: layout?,
        view,
    })
}

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
        write: words::event,
    };
    let mut response = respond(following, &request, &client, &progress, upstreams).await?;
    // Compression would hold events back.
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(response)
}

/// Cancels an order.
pub(crate) async fn cancel(visitor: Visitor, Segment(id): Segment<OrderId>, _: Form) -> Answer {
    let path = format!("/orders/{id}");
    match visitor.upstreams().order().cancel(id).await {
        Ok(_) => see_other(&notice::path(&path, "cancel-requested")),
        Err(problem) if problem.kind() == &reasons::ORDER_NOT_CANCELLABLE => {
            see_other(&notice::path(&path, "not-cancelable"))
        }
        Err(problem) => Err(problem),
    }
}
