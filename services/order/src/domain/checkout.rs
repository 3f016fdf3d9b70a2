use kernel::{Country, Money, PostalFields, Violations};

use super::Error;

/// A request to order the cart. Every field is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkout {
    pub(crate) key: String,
    pub(crate) address: Address,
    /// May be empty if there is nothing to pay.
    pub(crate) payment_method: String,
    pub(crate) expected_total: Option<Money>,
}

impl Checkout {
    /// Checks every field and reports all violations at once. `expected_total` is the result of parsing the
    /// amount of the request.
    pub(crate) fn new<E: std::fmt::Display>(
        key: String,
        address: Option<Address>,
        payment_method: &str,
        expected_total: Option<Result<Money, E>>,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        check_key(&mut violations, &key);
        let address = match address {
            Some(address) => address.check(&mut violations),
            None => {
                violations.add("shipping_address", "is required");
                None
            }
        };
        // Without one, only a free order can be placed.
        if !payment_method.is_empty() {
            check_payment_method(&mut violations, payment_method);
        }
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
                payment_method: payment_method.to_owned(),
                expected_total,
            }),
            _ => Err(violations.into()),
        }
    }
}

/// A shipping address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) recipient: String,
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) city: String,
    pub(crate) region: String,
    pub(crate) postal_code: String,
    pub(crate) country: String,
}

impl Address {
    /// The address by the rules of its country. Adds the violations of all fields; none if the country is invalid.
    fn check(self, violations: &mut Violations) -> Option<Self> {
        let fields = PostalFields {
            recipient: self.recipient,
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            region: self.region,
            postal_code: self.postal_code,
            country: self.country,
        };
        let address = fields.check("shipping_address", violations)?;
        Some(Self {
            recipient: address.recipient,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country.to_string(),
        })
    }
}

/// Adds a violation for a country that is not an ISO 3166-1 alpha-2 code in upper case.
pub(crate) fn check_country(violations: &mut Violations, field: &str, country: &str) {
    violations.take(field, country.parse::<Country>());
}

/// Adds a violation for a text that is no name of a payment method. A card number in particular must not
/// pass.
fn check_payment_method(violations: &mut Violations, name: &str) {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    violations.check(
        is_name && name.len() <= 100,
        "payment_method",
        "must be the provider's name for it: 1 to 100 letters, digits and underscores, a letter first",
    );
}

/// Adds a violation for an idempotency key that is not 1 to 255 visible ASCII characters.
pub(crate) fn check_key(violations: &mut Violations, key: &str) {
    violations.check(
        (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()),
        "idempotency_key",
        "must be 1 to 255 visible ASCII characters",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_method_is_a_name_and_never_a_card_number() {
        for (name, is_fine) in [
            ("pm_card_visa", true),
            ("pm_1PqRs2eZvKYlo2C0", true),
            ("", false),
            ("4242424242424242", false),
            ("4242 4242 4242 4242", false),
            ("pm card", false),
            ("pm_card_visa\n", false),
            ("../pm_card_visa", false),
            ("pm_card_visa?expand=customer", false),
            ("pm_c\u{e4}rd", false),
        ] {
            let mut violations = Violations::new();
            check_payment_method(&mut violations, name);
            assert_eq!(violations.is_empty(), is_fine, "{name}");
        }
    }
}
