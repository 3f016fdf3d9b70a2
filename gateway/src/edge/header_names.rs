//! Header names that `actix-web` does not define.

use actix_web::http::header::HeaderName;

/// The token of a guest's cart.
pub(crate) const CART_TOKEN: HeaderName = HeaderName::from_static("cart-token");
/// The token of a device that signed in before.
pub(crate) const DEVICE_TOKEN: HeaderName = HeaderName::from_static("device-token");
/// Chosen by the client; makes a `POST` safe to repeat.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The last event that a client has of a stream (WHATWG HTML, section 9.2).
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Signature of a webhook by the payment provider.
pub(crate) const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");
/// W3C trace context: the caller's on a request, the server's on a response.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Vendor data that accompanies `traceparent`.
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
