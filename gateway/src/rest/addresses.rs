//! The caller's addresses.

use kernel::AddressId;

use super::{
    answer::{Answer, created, no_content, ok, page},
    request::{Body, OptionalKey, PageLinks, Segment},
};
use crate::{
    model::{Address, Addresses, NewAddress},
    upstreams::Upstreams,
};

/// List addresses
#[utoipa::path(get, path = "/api/v1/me/addresses", tag = "Addresses",
    responses((status = 200, description = "Oldest first", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = Addresses)))]
pub(crate) async fn list(upstreams: Upstreams, links: PageLinks) -> Answer {
    page(&links, None, &upstreams.user().addresses().await?)
}

/// Add an address
#[utoipa::path(post, path = "/api/v1/me/addresses", tag = "Addresses", request_body = NewAddress,
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client: a repeated request with it gets the first answer, for 24 hours", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "As stored", body = Address)),
    extensions(("x-problems" = json!(["ADDRESS_LIMIT_REACHED", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(
    upstreams: Upstreams,
    OptionalKey(key): OptionalKey,
    Body(new): Body<NewAddress>,
) -> Answer {
    let address = upstreams.user().create_address(key, new).await?;
    created(format!("/api/v1/me/addresses/{}", address.id), &address)
}

/// Replace an address
#[utoipa::path(put, path = "/api/v1/me/addresses/{id}", tag = "Addresses",
    params(("id" = Uuid, Path, description = "The address's id")), request_body = NewAddress,
    responses((status = 200, description = "As stored", body = Address)),
    extensions(("x-problems" = json!(["ADDRESS_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn replace(
    upstreams: Upstreams,
    Segment(id): Segment<AddressId>,
    Body(new): Body<NewAddress>,
) -> Answer {
    ok(&upstreams.user().replace_address(id, new).await?)
}

/// Remove an address
#[utoipa::path(delete, path = "/api/v1/me/addresses/{id}", tag = "Addresses",
    params(("id" = Uuid, Path, description = "The address's id")),
    responses((status = 204, description = "Removed")),
    extensions(("x-problems" = json!(["ADDRESS_NOT_FOUND"]))))]
pub(crate) async fn delete(upstreams: Upstreams, Segment(id): Segment<AddressId>) -> Answer {
    upstreams.user().delete_address(id).await?;
    no_content()
}
