use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, Method, header},
    middleware::Next,
    web::Bytes,
};

use crate::edge::connection::{Body, Exchange};

/// Bytes of a response that the HTTP library gets at a time. It copies what it gets, so a whole response would be in
/// memory once more for each client that does not read it.
const PART: usize = 8_192;

/// Reports to the connection when a request begins and when its response ends, and passes the response on in parts.
pub(super) async fn exchange<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Parts>, Error> {
    // Unit tests have no connection.
    let exchange = request.conn_data::<Rc<Exchange>>().cloned();
    if exchange.as_ref().is_some_and(|exchange| exchange.closes()) {
        // The response before this request has closed the connection (RFC 9112, section 9.6). The request is dropped
        // with it.
        return std::future::pending().await;
    }
    let running = exchange.map(|exchange| Running::begin(exchange, &request));
    let mut response = next.call(request).await?;
    if running.as_ref().is_some_and(|running| running.0.closes()) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Parts {
        body: body.boxed(),
        rest: Bytes::new(),
        _running: running,
    }))
}

/// A request whose response is not complete.
struct Running(Rc<Exchange>);

impl Running {
    fn begin(exchange: Rc<Exchange>, request: &ServiceRequest) -> Self {
        exchange.begin(body(request));
        Self(exchange)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The request's body, as the HTTP library reads it: it has rejected contradictions.
fn body(request: &ServiceRequest) -> Body {
    let headers = request.headers();
    let is_stream = request.method() == Method::CONNECT
        || headers.contains_key(header::UPGRADE)
        || headers.contains_key(header::TRANSFER_ENCODING);
    if is_stream {
        return Body::Unbounded;
    }
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok());
    length.map_or_else(Body::default, Body::Sized)
}

/// A response's body, in parts of at most `PART` bytes.
pub(crate) struct Parts {
    body: BoxBody,
    rest: Bytes,
    /// Dropped with the body, when the library has all of it.
    _running: Option<Running>,
}

impl MessageBody for Parts {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_next(context)) {
                Some(Ok(bytes)) => this.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let count = this.rest.len().min(PART);
        Poll::Ready(Some(Ok(this.rest.split_to(count))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn a_body_is_handed_out_in_parts() {
        let whole: Vec<u8> = (0..PART * 2 + 1)
            .map(|index| index.to_le_bytes()[0])
            .collect();
        let mut parts = Parts {
            body: BoxBody::new(whole.clone()),
            rest: Bytes::new(),
            _running: None,
        };
        assert_eq!(parts.size(), BodySize::Sized(16_385));
        let mut sizes = Vec::new();
        let mut read = Vec::new();
        while let Some(part) =
            std::future::poll_fn(|context| Pin::new(&mut parts).poll_next(context)).await
        {
            let part = part.unwrap();
            sizes.push(part.len());
            read.extend_from_slice(&part);
        }
        assert_eq!(sizes, [PART, PART, 1]);
        assert_eq!(read, whole);
    }

    #[test]
    fn the_end_of_a_body_is_known_by_its_length() {
        let of = |name: &'static str, value: &'static str| {
            body(
                &TestRequest::post()
                    .insert_header((name, value))
                    .to_srv_request(),
            )
        };
        assert_eq!(of("content-length", "12"), Body::Sized(12));
        assert_eq!(of("x-other", "12"), Body::Sized(0));
        assert_eq!(of("transfer-encoding", "chunked"), Body::Unbounded);
        assert_eq!(of("upgrade", "websocket"), Body::Unbounded);
    }
}
