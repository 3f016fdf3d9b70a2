use contracts::user::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{convert_all, id, required},
    postal_address::PostalAddress,
};
use crate::edge::problem::Problem;

/// An address of the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct Address {
    /// The address's id.
    pub(crate) id: Uuid,
    /// The owner's name for it.
    #[schema(example = "Home")]
    pub(crate) label: String,
    /// The postal address.
    pub(crate) postal: PostalAddress,
}

/// A new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAddress {
    /// The owner's name for it.
    #[schema(example = "Home", format = "address-label")]
    pub(crate) label: String,
    /// The postal address.
    pub(crate) postal: PostalAddress,
}

/// The caller's addresses, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Addresses {
    /// At most 20.
    #[serde(rename = "items")]
    pub(crate) addresses: Vec<Address>,
}

impl TryFrom<v1::Address> for Address {
    type Error = Problem;

    fn try_from(address: v1::Address) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&address.id, "Address.id")?,
            label: address.label,
            postal: required(address.postal, "Address.postal")?.into(),
        })
    }
}

impl TryFrom<v1::ListAddressesResponse> for Addresses {
    type Error = Problem;

    fn try_from(reply: v1::ListAddressesResponse) -> Result<Self, Problem> {
        Ok(Self {
            addresses: convert_all(reply.addresses)?,
        })
    }
}
