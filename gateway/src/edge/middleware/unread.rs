use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::header,
    middleware::Next,
    web::Bytes,
};
use futures_util::{Stream, StreamExt};

/// Time to send the response before the unread body is dropped.
const BODY_HELD: Duration = Duration::from_secs(1);

/// Closes the connection after a response to a chunked body that was not read to its end.
///
/// actix-web would otherwise read and discard the rest, without a limit. It closes the connection
/// if the body still exists when it sends the response.
pub(super) async fn unread<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return next.call(request).await;
    }
    let body = Body(Rc::new(RefCell::new(State {
        payload: request.take_payload(),
        has_ended: false,
    })));
    request.set_payload(Payload::from(body.clone().boxed_local()));
    let outcome = next.call(request).await;
    if !body.0.borrow().has_ended {
        actix_web::rt::spawn(async move {
            tokio::time::sleep(BODY_HELD).await;
            drop(body);
        });
    }
    outcome
}

#[derive(Clone)]
struct Body(Rc<RefCell<State>>);

struct State {
    payload: Payload,
    has_ended: bool,
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &mut *self.0.borrow_mut();
        let next = state.payload.poll_next_unpin(context);
        state.has_ended |= matches!(next, Poll::Ready(None));
        next
    }
}
