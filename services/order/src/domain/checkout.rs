use kernel::{Money, Violations};

use super::Error;
use super::address::Address;

/// What a customer asks for when ordering the cart. Every field was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkout {
    pub(crate) key: String,
    pub(crate) address: Address,
    pub(crate) payment_method: String,
    pub(crate) expected_total: Option<Money>,
}

impl Checkout {
    /// Checks every field and says everything that is wrong at once. `expected_total` is the
    /// caller's result of reading it.
    pub(crate) fn new<E: std::fmt::Display>(
        key: String,
        address: Option<Address>,
        payment_method: &str,
        expected_total: Option<Result<Money, E>>,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        check_key(&mut violations, &key);
        let address = match address {
            Some(address) => Some(address.check(&mut violations)),
            None => {
                violations.add("shipping_address", "is required");
                None
            }
        };
        violations.check_text("payment_method", payment_method, 1, 100);
        let expected_total =
            expected_total.and_then(|total| violations.take("expected_total", total));
        violations.check(
            !expected_total.is_some_and(Money::is_negative),
            "expected_total",
            "must not be negative",
        );
        match (violations.is_empty(), address) {
            (true, Some(address)) => Ok(Self {
                key,
                address,
                payment_method: payment_method.trim().to_owned(),
                expected_total,
            }),
            _ => Err(violations.into()),
        }
    }
}

/// Notes an idempotency key that is not 1 to 255 visible ASCII characters.
pub(crate) fn check_key(violations: &mut Violations, key: &str) {
    violations.check(
        (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()),
        "idempotency_key",
        "must be 1 to 255 visible ASCII characters",
    );
}
