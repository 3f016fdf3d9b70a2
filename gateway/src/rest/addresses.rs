//! The caller's address book.

use contracts::user::v1::{
    CreateAddressRequest, DeleteAddressRequest, ListAddressesRequest, UpdateAddressRequest,
};
use kernel::AddressId;

use super::answer::{Answer, created, no_content, ok};
use crate::{
    model::{Address, Addresses, NewAddress},
    rest::request::{Body, Segment},
    upstreams::{Rpc, promised},
};

/// List addresses
#[utoipa::path(get, path = "/api/v1/me/addresses", tag = "Addresses",
    responses((status = 200, description = "Oldest first", body = Addresses)))]
pub(crate) async fn list(rpc: Rpc) -> Answer {
    let reply = rpc
        .call(rpc.user().list_addresses(ListAddressesRequest {}))
        .await?;
    ok(&Addresses::try_from(reply)?)
}

/// Add an address
#[utoipa::path(post, path = "/api/v1/me/addresses", tag = "Addresses", request_body = NewAddress,
    responses((status = 201, description = "As stored", body = Address)),
    extensions(("x-problems" = json!(["ADDRESS_LIMIT_REACHED", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(rpc: Rpc, Body(new): Body<NewAddress>) -> Answer {
    let request = CreateAddressRequest {
        label: new.label,
        postal: Some(new.postal.into()),
    };
    let reply = rpc.call(rpc.user().create_address(request)).await?;
    let address = Address::try_from(promised(reply.address, "CreateAddressResponse.address")?)?;
    created(format!("/api/v1/me/addresses/{}", address.id), &address)
}

/// Replace an address
#[utoipa::path(put, path = "/api/v1/me/addresses/{id}", tag = "Addresses",
    params(("id" = Uuid, Path, description = "The address's id")), request_body = NewAddress,
    responses((status = 200, description = "As stored", body = Address)),
    extensions(("x-problems" = json!(["ADDRESS_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn replace(
    rpc: Rpc,
    Segment(id): Segment<AddressId>,
    Body(new): Body<NewAddress>,
) -> Answer {
    let request = UpdateAddressRequest {
        id: id.to_string(),
        label: new.label,
        postal: Some(new.postal.into()),
    };
    let reply = rpc.call(rpc.user().update_address(request)).await?;
    ok(&Address::try_from(promised(
        reply.address,
        "UpdateAddressResponse.address",
    )?)?)
}

/// Remove an address
#[utoipa::path(delete, path = "/api/v1/me/addresses/{id}", tag = "Addresses",
    params(("id" = Uuid, Path, description = "The address's id")),
    responses((status = 204, description = "It is gone")),
    extensions(("x-problems" = json!(["ADDRESS_NOT_FOUND"]))))]
pub(crate) async fn delete(rpc: Rpc, Segment(id): Segment<AddressId>) -> Answer {
    let request = DeleteAddressRequest { id: id.to_string() };
    rpc.call(rpc.user().delete_address(request)).await?;
    no_content()
}
