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

/// How long the answer may take to be sent.
const HELD: Duration = Duration::from_secs(1);

/// Closes the connection after an answer to a chunked body that was not read to its end.
///
/// Otherwise the HTTP library would read and discard the rest, however long it is. It closes the
/// connection instead when the body is still held at the time the answer is sent.
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
            tokio::time::sleep(HELD).await;
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
