//! Value types that all services share. Pure: no I/O, no async.

mod clock;
mod country;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod id;
mod money;
mod postal;
mod quantity;
mod sku;
mod staff;
mod text;
pub mod values;
mod violations;

pub use clock::Clock;
pub use country::{Country, CountryError};
pub use id::{
    AddressId, CartId, CategoryId, IdError, OrderId, PaymentId, ProductId, RefundId, ReservationId,
    ReturnId, UserId,
};
pub use money::{BasisPoints, Currency, Money, MoneyError};
pub use postal::{PostalAddress, PostalFields, PostalForm};
pub use quantity::{Quantity, QuantityError};
pub use sku::{Sku, SkuError};
pub use staff::{Group, Groups};
pub use text::{Text, TextError, opaque_string};
pub use violations::{Violation, Violations};
