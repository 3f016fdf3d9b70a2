//! Postal addresses, by the rules of their country.

use crate::{Country, Violations, values};

mod rule;

use rule::Rule;

/// A valid postal address.
#[derive(Clone, PartialEq, Eq)]
pub struct PostalAddress {
    /// Who receives the parcel.
    pub recipient: String,
    /// Street and number.
    pub line1: String,
    /// Apartment, floor, company; may be empty.
    pub line2: String,
    /// Empty only where the country needs none, such as Singapore.
    pub city: String,
    /// State or province, as its code where addresses print it so, such as the United States; empty only where the
    /// country needs none.
    pub region: String,
    /// In upper case; empty where the country has none, or does not require it.
    pub postal_code: String,
    /// The country, whose rules the other fields follow.
    pub country: Country,
}

/// The unchecked fields of a postal address.
#[derive(Clone, Default)]
pub struct PostalFields {
    /// 1 to 100 characters.
    pub recipient: String,
    /// 1 to 200 characters.
    pub line1: String,
    /// At most 200 characters.
    pub line2: String,
    /// At most 100 characters.
    pub city: String,
    /// At most 100 characters.
    pub region: String,
    /// At most 20 characters.
    pub postal_code: String,
    /// An ISO 3166-1 alpha-2 code.
    pub country: String,
}

impl PostalFields {
    /// The address. Adds the violations of all fields, by their path below `path`: `postal.city`. None if
    /// the country is invalid; then only the rules of all countries are checked.
    pub fn check(self, path: &str, violations: &mut Violations) -> Option<PostalAddress> {
        let country = self.country.parse::<Country>();
        let rule = country.as_ref().ok().and_then(|c| Rule::of(*c));
        let field = |name: &str| format!("{path}.{name}");
        let requires_city = rule.as_ref().is_none_or(Rule::requires_city);
        let recipient = violations.value(&field("recipient"), &self.recipient, values::RECIPIENT);
        let line1 = violations.value(&field("line1"), &self.line1, values::ADDRESS_LINE);
        let line2 = violations.value(&field("line2"), &self.line2, values::ADDRESS_LINE_2);
        let city_value = if requires_city {
            values::CITY.required()
        } else {
            values::CITY
        };
        let city = violations.value(&field("city"), &self.city, city_value);
        let mut region = violations.value(&field("region"), &self.region, values::REGION);
        let postal_code = violations
            .value(
                &field("postal_code"),
                &self.postal_code,
                values::POSTAL_CODE,
            )
            .to_ascii_uppercase();
        if let (Some(rule), Ok(country)) = (&rule, &country) {
            violations.check(
                !rule.requires_region() || !self.region.trim().is_empty(),
                &field("region"),
                format_args!("is required for {country}: the state or province"),
            );
            match rule.region(&region) {
                Some(code) => region = code,
                None => violations.add(
                    field("region"),
                    format_args!("must be a state or province of {country}, by its code or name"),
                ),
            }
            // A code that is no code at all was reported above.
            let was_valid = postal_code.is_empty() == self.postal_code.trim().is_empty();
            if let Some(Err(error)) = was_valid.then(|| rule.check_postal_code(&postal_code)) {
                violations.add(field("postal_code"), error);
            }
        }
        let country = violations.take(&field("country"), country)?;
        Some(PostalAddress {
            recipient,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
        })
    }
}

/// What a form for an address of a country asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalForm {
    /// Whether a city is required.
    pub requires_city: bool,
    /// Whether a state or province is required.
    pub requires_region: bool,
    /// Code and name of each state or province; empty where the country has no list.
    pub regions: Vec<(&'static str, &'static str)>,
    /// Whether a postal code is required.
    pub requires_postal_code: bool,
    /// A postal code of the country; `None` where it has none.
    pub example_postal_code: Option<String>,
}

impl PostalForm {
    /// The form of a country. Every country has one.
    pub fn of(country: Country) -> Option<Self> {
        let rule = Rule::of(country)?;
        Some(Self {
            requires_city: rule.requires_city(),
            requires_region: rule.requires_region(),
            regions: rule.regions().collect(),
            requires_postal_code: rule.requires_postal_code(),
            example_postal_code: rule.has_postal_codes().then(|| rule.example()),
        })
    }
}

#[cfg(test)]
mod tests;
