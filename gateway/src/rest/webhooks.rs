//! What the payment provider tells on its own.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{Answer, ok},
    request::{Raw, Signature},
};
use crate::upstreams::Upstreams;

/// Bytes that the body of a webhook may have.
const MAX_BYTES: usize = 65_536;

/// An event was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Received {}

/// Take in an event of the payment provider
///
/// For Stripe, or what stands in for it: the signature says who speaks. The same event again, or
/// events out of order, change nothing. Whatever is no 200 is sent again by the provider.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "Webhooks",
    params(("Stripe-Signature" = String, Header, description = "Over the body, byte for byte",
        example = "t=1795000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd", max_length = 2048)),
    request_body(content = serde_json::Value, content_type = "application/json", description = "The event; 64 KiB at most"),
    responses((status = 200, description = "It is kept", body = Received)),
    extensions(("x-problems" = json!(["WEBHOOK_SIGNATURE_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn stripe(
    upstreams: Upstreams,
    Signature(signature): Signature,
    Raw(body): Raw<MAX_BYTES>,
) -> Answer {
    upstreams.webhook().receive(body.into(), signature).await?;
    ok(&Received {})
}
