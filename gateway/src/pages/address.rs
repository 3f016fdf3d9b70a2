//! Forms for postal addresses, with the fields that addresses of the country have.

use kernel::{Country, PostalForm};

use super::form::Form;
use crate::model::PostalAddress;

/// A country of a list to choose from.
pub(crate) struct CountryChoice {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: &'static str,
    /// English.
    pub(crate) name: &'static str,
}

/// The countries with these codes, by name.
pub(crate) fn countries(codes: &[&str]) -> Vec<CountryChoice> {
    let known = codes.iter().filter_map(|code| code.parse::<Country>().ok());
    let mut choices: Vec<_> = known
        .map(|country| CountryChoice {
            code: country.code(),
            name: country.name(),
        })
        .collect();
    choices.sort_unstable_by_key(|choice| choice.name);
    choices
}

/// The name of a country by its code.
pub(crate) fn country_name(code: &str) -> &'static str {
    code.parse().map_or("", Country::name)
}

/// The fields of an address form, as typed, and what its country needs.
pub(crate) struct AddressForm {
    /// As typed; `country` is valid.
    pub(crate) postal: PostalAddress,
    /// What the country needs.
    pub(crate) needs: PostalForm,
}

impl AddressForm {
    /// An empty form; `None` if there is no such country.
    pub(crate) fn empty(country: &str) -> Option<Self> {
        let country: Country = country.parse().ok()?;
        Self::of(PostalAddress {
            recipient: String::new(),
            line1: String::new(),
            line2: String::new(),
            city: String::new(),
            region: String::new(),
            postal_code: String::new(),
            country: country.code().to_owned(),
        })
    }

    /// The form of an address; `None` if its country is none.
    pub(crate) fn of(postal: PostalAddress) -> Option<Self> {
        let needs = PostalForm::of(postal.country.parse().ok()?)?;
        Some(Self { postal, needs })
    }

    /// What was typed; `None` if the country is none.
    pub(crate) fn read(form: &Form) -> Option<Self> {
        Self::of(PostalAddress {
            recipient: form.text("recipient"),
            line1: form.text("line1"),
            line2: form.text("line2"),
            city: form.text("city"),
            region: form.text("region"),
            postal_code: form.text("postal_code"),
            country: form.text("country"),
        })
    }

    /// Whether the form has a field for a state or province: where one is required or known, or already given.
    pub(crate) fn has_region(&self) -> bool {
        self.needs.requires_region
            || !self.needs.regions.is_empty()
            || !self.postal.region.is_empty()
    }

    /// Whether the form has a field for a postal code.
    pub(crate) fn has_postal_code(&self) -> bool {
        self.needs.example_postal_code.is_some() || !self.postal.postal_code.is_empty()
    }

    /// An example of a postal code.
    pub(crate) fn example(&self) -> &str {
        self.needs
            .example_postal_code
            .as_deref()
            .unwrap_or_default()
    }

    /// The name of the country.
    pub(crate) fn country_name(&self) -> &'static str {
        country_name(&self.postal.country)
    }

    /// What the country calls a postal code.
    pub(crate) fn postal_code_label(&self) -> &'static str {
        match self.postal.country.as_str() {
            "US" => "ZIP code",
            "GB" => "Postcode",
            _ => "Postal code",
        }
    }

    /// What the country calls a region.
    pub(crate) fn region_label(&self) -> &'static str {
        match self.postal.country.as_str() {
            "US" | "AU" | "BR" | "IN" | "MX" => "State",
            "CA" | "ES" | "IT" => "Province",
            "IE" => "County",
            _ => "State or province",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_the_fields_of_its_country() {
        let fields = |country| {
            let form = AddressForm::empty(country).unwrap();
            (form.has_region(), form.has_postal_code())
        };
        assert_eq!(fields("DE"), (false, true));
        assert_eq!(fields("US"), (true, true));
        assert_eq!(fields("HK"), (true, false));
        assert!(AddressForm::empty("XX").is_none());
    }

    #[test]
    fn a_field_that_has_a_value_is_shown() {
        let mut form = AddressForm::empty("DE").unwrap();
        form.postal.region = "Bavaria".to_owned();
        assert!(form.has_region());
    }

    #[test]
    fn countries_are_sorted_by_name() {
        let names: Vec<_> = countries(&["US", "DE", "XX", "AT"])
            .iter()
            .map(|choice| choice.name)
            .collect();
        assert_eq!(names, ["Austria", "Germany", "United States"]);
        assert_eq!(country_name("FR"), "France");
        assert_eq!(country_name("?"), "");
    }
}
