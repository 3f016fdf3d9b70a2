use kernel::Violations;

/// Where an order goes. Every field was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Trims every field, and notes what is wrong with each.
    pub(crate) fn check(self, violations: &mut Violations) -> Self {
        let mut text = |field: &str, text: String, min, max| {
            violations.check_text(&format!("shipping_address.{field}"), &text, min, max);
            text.trim().to_owned()
        };
        let address = Self {
            recipient: text("recipient", self.recipient, 1, 100),
            line1: text("line1", self.line1, 1, 200),
            line2: text("line2", self.line2, 0, 200),
            city: text("city", self.city, 1, 100),
            region: text("region", self.region, 0, 100),
            postal_code: text("postal_code", self.postal_code, 1, 20),
            country: self.country,
        };
        check_country(violations, "shipping_address.country", &address.country);
        address
    }
}

/// Notes a country that is not two upper case letters.
pub(crate) fn check_country(violations: &mut Violations, field: &str, country: &str) {
    violations.check(
        country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()),
        field,
        "must be an ISO 3166-1 alpha-2 country code in upper case",
    );
}
