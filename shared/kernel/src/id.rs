use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new UUIDv7: ids sort by the time of their creation.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The bare UUID, for the database.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids!(
    /// An account.
    UserId,
    /// A saved address of a customer.
    AddressId,
    /// A category.
    CategoryId,
    /// A product.
    ProductId,
    /// A reservation of stock.
    ReservationId,
    /// A cart.
    CartId,
    /// An order.
    OrderId,
    /// A payment.
    PaymentId,
    /// A refund.
    RefundId,
    /// A return of sold units.
    ReturnId,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_of_their_creation() {
        let first = OrderId::generate();
        let second = OrderId::generate();
        assert!(first < second);
    }

    #[test]
    fn text_that_is_not_a_uuid_is_rejected() {
        assert_eq!("42".parse::<OrderId>(), Err(IdError));
    }
}
