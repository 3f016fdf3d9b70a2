//! The page of an order: where it is, what is next, and what its customer can do.

use askama::Template;
use futures_util::future::join;
use kernel::OrderId;

use crate::{
    edge::problem::reasons,
    pages::{
        Answer, filters, form::Form, layout::Layout, notice, page, see_other, visitor::Visitor,
    },
    rest::{order_page, request::Segment},
};

pub(super) mod summary;
mod view;
mod words;

use view::View;
pub(super) use view::returnable;

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
