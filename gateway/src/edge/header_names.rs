//! Headers of this API, where the standard has none.

use actix_web::http::header::HeaderName;

/// Names a guest's cart.
pub(crate) const CART_TOKEN: HeaderName = HeaderName::from_static("cart-token");
/// Makes a request that is sent again the same request.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Signs a webhook of the payment provider.
pub(crate) const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");
/// The trace that a request continues, or the one that an answer belongs to.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What tracing systems add to `traceparent`.
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
