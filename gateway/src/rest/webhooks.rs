use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{Answer, ok},
    request::{Raw, Signature},
};
use crate::upstreams::Upstreams;

/// Bytes of a webhook's body at most. Stripe documents no limit; an event contains its whole object, which is
/// tens of kilobytes if it has many lines. The largest message to `payment` is twice this size.
const MAX_BYTES: usize = 524_288;

/// The event is accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {}

/// Receive an event of the payment provider
///
/// For Stripe, or the sandbox in its place, authenticated by the signature. Repeated and reordered events
/// have no effect. Stripe redelivers an event unless the response is 200; so every event with a valid
/// signature is a 200, also one that is not understood, unless it should be sent again.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "Webhooks",
    params(("Stripe-Signature" = String, Header, description = "Signature of the exact bytes of the body",
        example = "t=1795000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", max_length = 2048)),
    request_body(content = serde_json::Value, content_type = "application/json", description = "The event; 512 KiB at most",
        example = json!({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1_795_000_000,
            "data": {"object": {"id": "pi_1", "object": "payment_intent"}}})),
    responses((status = 200, description = "Accepted", body = Received)),
    extensions(("x-problems" = json!(["WEBHOOK_SIGNATURE_INVALID"]))))]
pub(crate) async fn stripe(
    upstreams: Upstreams,
    Signature(signature): Signature,
    Raw(body): Raw<MAX_BYTES>,
) -> Answer {
    upstreams.webhook().receive(body.into(), signature).await?;
    ok(&Received {})
}
