use contracts::user::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{each, id, promised},
    postal_address::PostalAddress,
};
use crate::edge::problem::Problem;

/// An address in the caller's book.
#[derive(Serialize, ToSchema)]
pub(crate) struct Address {
    /// The address's id.
    pub(crate) id: Uuid,
    /// What the owner calls it.
    #[schema(example = "Home")]
    pub(crate) label: String,
    /// The address itself.
    pub(crate) postal: PostalAddress,
}

/// An address to be stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAddress {
    /// What the owner calls it.
    #[schema(example = "Home", min_length = 1, max_length = 50)]
    pub(crate) label: String,
    /// The address itself.
    pub(crate) postal: PostalAddress,
}

/// The caller's addresses, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Addresses {
    /// At most 20.
    pub(crate) addresses: Vec<Address>,
}

impl TryFrom<v1::Address> for Address {
    type Error = Problem;

    fn try_from(address: v1::Address) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&address.id, "Address.id")?,
            label: address.label,
            postal: promised(address.postal, "Address.postal")?.into(),
        })
    }
}

impl TryFrom<v1::ListAddressesResponse> for Addresses {
    type Error = Problem;

    fn try_from(reply: v1::ListAddressesResponse) -> Result<Self, Problem> {
        Ok(Self {
            addresses: each(reply.addresses)?,
        })
    }
}
