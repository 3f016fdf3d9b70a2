use kernel::{AddressId, Country, Violations};

/// Addresses per account at most.
pub(crate) const MAX_ADDRESSES: usize = 20;

/// An address of an account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) id: AddressId,
    pub(crate) entry: AddressEntry,
}

/// The fields of an address that its owner sets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AddressEntry {
    pub(crate) label: String,
    pub(crate) postal: PostalAddress,
}

/// A valid postal address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PostalAddress {
    pub(crate) recipient: String,
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) city: String,
    pub(crate) region: String,
    pub(crate) postal_code: String,
    pub(crate) country: Country,
}

/// The unchecked fields of a postal address.
#[derive(Default)]
pub(crate) struct PostalFields {
    pub(crate) recipient: String,
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) city: String,
    pub(crate) region: String,
    pub(crate) postal_code: String,
    pub(crate) country: String,
}

impl AddressEntry {
    /// # Errors
    /// All violations, by their path in the request: `postal.city`.
    pub(crate) fn new(label: &str, postal: Option<PostalFields>) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        violations.check_text("label", label, 1, 50);
        violations.check(postal.is_some(), "postal", "is required");
        let Some(postal) = postal else {
            return Err(violations);
        };
        let texts = [
            ("postal.recipient", &postal.recipient, 1, 100),
            ("postal.line1", &postal.line1, 1, 200),
            ("postal.line2", &postal.line2, 0, 200),
            ("postal.city", &postal.city, 1, 100),
            ("postal.region", &postal.region, 0, 100),
            ("postal.postal_code", &postal.postal_code, 1, 20),
        ];
        for (field, text, min, max) in texts {
            violations.check_text(field, text, min, max);
        }
        let Some(country) = violations.take("postal.country", postal.country.trim().parse()) else {
            return Err(violations);
        };
        violations.or(Self {
            label: label.trim().to_owned(),
            postal: PostalAddress {
                recipient: postal.recipient.trim().to_owned(),
                line1: postal.line1.trim().to_owned(),
                line2: postal.line2.trim().to_owned(),
                city: postal.city.trim().to_owned(),
                region: postal.region.trim().to_owned(),
                postal_code: postal.postal_code.trim().to_owned(),
                country,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> PostalFields {
        PostalFields {
            recipient: " Ada Lovelace ".to_owned(),
            line1: "Kastanienallee 1".to_owned(),
            city: "Berlin".to_owned(),
            postal_code: "10435".to_owned(),
            country: "DE".to_owned(),
            ..PostalFields::default()
        }
    }

    #[test]
    fn texts_are_trimmed() {
        let entry = AddressEntry::new(" Home ", Some(fields())).ok().unwrap();
        assert_eq!(entry.label, "Home");
        assert_eq!(entry.postal.recipient, "Ada Lovelace");
        assert_eq!(entry.postal.country.code(), "DE");
    }

    #[test]
    fn every_invalid_field_is_reported() {
        let wrong = PostalFields {
            line2: "x".repeat(201),
            region: "x".repeat(101),
            country: "de".to_owned(),
            ..PostalFields::default()
        };
        let violations = AddressEntry::new("", Some(wrong)).err().unwrap();
        let named: Vec<_> = violations.into_vec().into_iter().map(|v| v.field).collect();
        assert_eq!(
            named,
            [
                "label",
                "postal.recipient",
                "postal.line1",
                "postal.line2",
                "postal.city",
                "postal.region",
                "postal.postal_code",
                "postal.country",
            ]
        );
    }

    #[test]
    fn a_missing_postal_address_is_rejected() {
        let violations = AddressEntry::new("Home", None).err().unwrap();
        assert_eq!(violations.to_string(), "postal is required");
    }
}
