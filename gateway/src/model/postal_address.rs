use contracts::types::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A postal address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostalAddress {
    /// Name of the recipient.
    #[schema(example = "Ada Lovelace", format = "recipient")]
    pub(crate) recipient: String,
    /// Street and house number.
    #[schema(example = "Unter den Linden 1", format = "address-line")]
    pub(crate) line1: String,
    /// Apartment, floor, company.
    #[serde(default)]
    #[schema(example = "", format = "address-line-2")]
    pub(crate) line2: String,
    /// City. Required in most countries.
    #[serde(default)]
    #[schema(example = "Berlin", format = "city")]
    pub(crate) city: String,
    /// State or province. Required where the country's addresses need one, such as in the United States.
    #[serde(default)]
    #[schema(example = "", format = "region")]
    pub(crate) region: String,
    /// Postal code, in the shape of the country. Empty where the country has none.
    #[serde(default)]
    #[schema(example = "10117", format = "postal-code")]
    pub(crate) postal_code: String,
    /// ISO 3166-1 alpha-2 code.
    #[schema(example = "DE", format = "country")]
    pub(crate) country: String,
}

impl From<v1::PostalAddress> for PostalAddress {
    fn from(address: v1::PostalAddress) -> Self {
        Self {
            recipient: address.recipient,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

impl From<PostalAddress> for v1::PostalAddress {
    fn from(address: PostalAddress) -> Self {
        Self {
            recipient: address.recipient,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}
