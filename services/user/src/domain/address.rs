use kernel::{AddressId, PostalAddress, PostalFields, Violations, values};

use super::Error;

/// Addresses per account at most.
pub(crate) const MAX_ADDRESSES: i64 = 20;

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

impl Address {
    /// Adds an address to an account that has `count`.
    ///
    /// # Errors
    /// `AddressLimitReached`.
    pub(crate) fn add(entry: AddressEntry, count: i64) -> Result<Self, Error> {
        if count >= MAX_ADDRESSES {
            return Err(Error::AddressLimitReached);
        }
        let id = AddressId::generate();
        Ok(Self { id, entry })
    }
}

impl AddressEntry {
    /// # Errors
    /// All violations, by their path in the request: `postal.city`.
    pub(crate) fn new(label: &str, postal: Option<PostalFields>) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let label = violations.value("label", label, values::ADDRESS_LABEL);
        violations.check(postal.is_some(), "postal", "is required");
        let postal = postal.and_then(|postal| postal.check("postal", &mut violations));
        match postal {
            Some(postal) => violations.or(Self { label, postal }),
            None => Err(violations),
        }
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

    fn fields_of(violations: Violations) -> Vec<String> {
        violations.into_vec().into_iter().map(|v| v.field).collect()
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
            postal_code: "x".repeat(21),
            country: "de".to_owned(),
            ..PostalFields::default()
        };
        let violations = AddressEntry::new("", Some(wrong)).err().unwrap();
        assert_eq!(
            fields_of(violations),
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

    /// Sets a field to a text.
    type Set = fn(&mut PostalFields, String);

    #[test]
    fn every_text_follows_the_rule_of_its_kind() {
        let set: [(&str, Set); 6] = [
            ("postal.recipient", |postal, text| postal.recipient = text),
            ("postal.line1", |postal, text| postal.line1 = text),
            ("postal.line2", |postal, text| postal.line2 = text),
            ("postal.city", |postal, text| postal.city = text),
            ("postal.region", |postal, text| postal.region = text),
            ("postal.postal_code", |postal, text| {
                postal.postal_code = text
            }),
        ];
        for text in [
            "1\n1",
            "1\t1",
            "1\u{0}1",
            "1\u{202E}1",
            "1\u{3164}1",
            "1\u{200B}1",
        ] {
            for (field, set) in set {
                let mut postal = fields();
                set(&mut postal, text.to_owned());
                let violations = AddressEntry::new("Home", Some(postal)).err().unwrap();
                assert_eq!(fields_of(violations), [field], "{text:?}");
            }
            let violations = AddressEntry::new(text, Some(fields())).err().unwrap();
            assert_eq!(fields_of(violations), ["label"], "{text:?}");
        }
    }

    #[test]
    fn an_address_book_has_a_limit() {
        let add = |count| {
            let entry = AddressEntry::new("Home", Some(fields())).ok().unwrap();
            Address::add(entry, count).err()
        };
        assert_eq!(add(MAX_ADDRESSES - 1), None);
        assert_eq!(add(MAX_ADDRESSES), Some(Error::AddressLimitReached));
    }

    #[test]
    fn a_missing_postal_address_is_rejected() {
        let violations = AddressEntry::new("Home", None).err().unwrap();
        assert_eq!(violations.to_string(), "postal is required");
    }
}
