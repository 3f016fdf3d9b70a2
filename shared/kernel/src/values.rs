//! What the texts of requests may be: the one definition of each, which the services check and the document of the API
//! states.

use std::ops::RangeInclusive;

use crate::{Sku, Text, TextError};

/// A text of a request.
#[derive(Debug, Clone, Copy)]
pub struct Value {
    kind: Kind,
    min: usize,
    max: usize,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Normalized, and checked by the rules of its kind.
    Text(Text),
    /// Taken as it is.
    Identifier(Identifier),
}

#[derive(Debug, Clone, Copy)]
struct Identifier {
    /// A regular expression of ECMA-262.
    pattern: &'static str,
    accepts: fn(&str) -> bool,
    /// The characters, for people.
    characters: &'static str,
}

/// Why a text is not such a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is no such text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It is no such identifier.
    #[error("must be {min} to {max} {characters}")]
    Identifier {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// The characters, for people.
        characters: &'static str,
    },
}

impl Value {
    const fn text(kind: Text, min: usize, max: usize) -> Self {
        Self {
            kind: Kind::Text(kind),
            min,
            max,
        }
    }

    const fn identifier(identifier: Identifier, min: usize, max: usize) -> Self {
        Self {
            kind: Kind::Identifier(identifier),
            min,
            max,
        }
    }

    /// The same value, not empty.
    pub const fn required(self) -> Self {
        Self { min: 1, ..self }
    }

    /// The text as it is stored.
    ///
    /// # Errors
    /// It is too long or too short, or has a character that is not allowed.
    pub fn check(self, text: &str) -> Result<String, ValueError> {
        match self.kind {
            Kind::Text(kind) => Ok(kind.check(text, self.length())?),
            Kind::Identifier(identifier) => {
                let is_good =
                    self.length().contains(&text.chars().count()) && (identifier.accepts)(text);
                is_good
                    .then(|| text.to_owned())
                    .ok_or(ValueError::Identifier {
                        min: self.min,
                        max: self.max,
                        characters: identifier.characters,
                    })
            }
        }
    }

    /// Fewest and most characters.
    pub const fn length(self) -> RangeInclusive<usize> {
        self.min..=self.max
    }

    /// A regular expression of ECMA-262 for the text, without its length. It allows all that is stored, and a few texts
    /// that are refused: JSON Schema cannot say where an invisible character is needed.
    pub const fn pattern(self) -> &'static str {
        match (self.kind, self.min) {
            (Kind::Identifier(identifier), _) => identifier.pattern,
            (Kind::Text(Text::Line | Text::Name), 0) => r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$",
            (Kind::Text(Text::Line | Text::Name), _) => {
                r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\x00-\x20\x7f-\xa0\u2028\u2029][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
            }
            (Kind::Text(Text::Lines), 0) => {
                r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]*$"
            }
            (Kind::Text(Text::Lines), _) => {
                r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]*[^\x00-\x20\x7f-\xa0\u2028\u2029][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]*$"
            }
            // Line breaks and TAB count as spaces.
            (Kind::Text(Text::Search), _) => r"^[^\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]*$",
            (Kind::Text(Text::Code), 0) => r"^[ -~]*$",
            (Kind::Text(Text::Code), _) => r"^[ -~]*[!-~][ -~]*$",
        }
    }
}

/// A slug, in URLs.
const SLUG: Identifier = Identifier {
    pattern: "^[a-z0-9-]+$",
    accepts: |text| {
        text.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    },
    characters: "lower case letters, digits and dashes",
};

/// A SKU.
pub const SKU: Value = Value::identifier(
    Identifier {
        pattern: Sku::PATTERN,
        accepts: |text| text.parse::<Sku>().is_ok(),
        characters: "upper case letters, digits and dashes",
    },
    1,
    Sku::MAX,
);
/// The slug of a product.
pub const PRODUCT_SLUG: Value = Value::identifier(SLUG, 1, 120);
/// The slug of a category.
pub const CATEGORY_SLUG: Value = Value::identifier(SLUG, 1, 80);
/// What a customer searches for.
pub const SEARCH: Value = Value::text(Text::Search, 0, 200);
/// A discount code that staff create, in any case. Shorter ones are guessed.
pub const NEW_DISCOUNT_CODE: Value = Value::identifier(
    Identifier {
        pattern: "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$",
        accepts: |text| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !text.starts_with('-')
                && !text.ends_with('-')
        },
        characters: "letters A to Z, digits and dashes, and begin and end with no dash",
    },
    4,
    40,
);
/// A discount code that a customer enters.
pub const DISCOUNT_CODE: Value = Value::text(Text::Code, 0, 40);
/// The name of a product.
pub const PRODUCT_NAME: Value = Value::text(Text::Name, 1, 200);
/// The description of a product.
pub const PRODUCT_DESCRIPTION: Value = Value::text(Text::Lines, 0, 5000);
/// The name of a product's attribute, such as `roast`.
pub const ATTRIBUTE_NAME: Value = Value::text(Text::Line, 1, 40);
/// The value of a product's attribute, such as `dark`.
pub const ATTRIBUTE_VALUE: Value = Value::text(Text::Line, 1, 200);
/// The URL of an image: an absolute path, or an `https` URL. A parser of URLs refuses some more.
pub const IMAGE_URL: Value = Value::identifier(
    Identifier {
        pattern: concat!(
            r"^(/([^/\x00-\x20\x5c\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\x00-\x20\x5c\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*)?|",
            r"[Hh][Tt][Tt][Pp][Ss]://[^/\x00-\x20\x5c\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\x00-\x20\x5c\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*)$",
        ),
        accepts: |text| {
            let is_plain = |text: &str| {
                !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
            };
            let path = |text: &str| !text.starts_with('/') && is_plain(text);
            text.strip_prefix('/').map_or_else(
                || {
                    let (scheme, rest) = text.split_once("://").unwrap_or_default();
                    scheme.eq_ignore_ascii_case("https") && !rest.is_empty() && path(rest)
                },
                path,
            )
        },
        characters: "characters: an absolute path or an https URL without user name",
    },
    1,
    500,
);
/// The alternative text of an image.
pub const IMAGE_ALT: Value = Value::text(Text::Line, 1, 200);
/// The name of a category.
pub const CATEGORY_NAME: Value = Value::text(Text::Name, 1, 80);
/// The description of a category.
pub const CATEGORY_DESCRIPTION: Value = Value::text(Text::Lines, 0, 500);
/// Why staff change a stock.
pub const STOCK_REASON: Value = Value::text(Text::Line, 1, 200);
/// Why staff act, for the audit.
pub const REASON: Value = Value::text(Text::Line, 1, 500);
/// Why an amount is refunded; the customer sees it.
pub const REFUND_REASON: Value = Value::text(Text::Line, 1, 500);
/// What a customer writes about a return.
pub const RETURN_NOTE: Value = Value::text(Text::Lines, 0, 500);
/// What staff write about a return; the customer sees it.
pub const DECISION_NOTE: Value = Value::text(Text::Line, 1, 500);
/// The number of a parcel.
pub const TRACKING_NUMBER: Value = Value::text(Text::Code, 1, 100);
/// What a person is called.
pub const DISPLAY_NAME: Value = Value::text(Text::Name, 1, 100);
/// What a customer calls an address.
pub const ADDRESS_LABEL: Value = Value::text(Text::Name, 1, 50);
/// Who receives a parcel.
pub const RECIPIENT: Value = Value::text(Text::Name, 1, 100);
/// Street and number.
pub const ADDRESS_LINE: Value = Value::text(Text::Name, 1, 200);
/// Apartment, floor, company.
pub const ADDRESS_LINE_2: Value = Value::text(Text::Name, 0, 200);
/// A city. Countries require it, or not.
pub const CITY: Value = Value::text(Text::Name, 0, 100);
/// A state or province. Countries require it, or not.
pub const REGION: Value = Value::text(Text::Name, 0, 100);
/// A postal code, in any case. Countries require it, or not.
pub const POSTAL_CODE: Value = Value::text(Text::Code, 0, 20);

/// Every value by its name in the declarations of the API.
pub const ALL: &[(&str, Value)] = &[
    ("sku", SKU),
    ("product-slug", PRODUCT_SLUG),
    ("category-slug", CATEGORY_SLUG),
    ("search", SEARCH),
    ("new-discount-code", NEW_DISCOUNT_CODE),
    ("discount-code", DISCOUNT_CODE),
    ("product-name", PRODUCT_NAME),
    ("product-description", PRODUCT_DESCRIPTION),
    ("attribute-name", ATTRIBUTE_NAME),
    ("attribute-value", ATTRIBUTE_VALUE),
    ("image-url", IMAGE_URL),
    ("image-alt", IMAGE_ALT),
    ("category-name", CATEGORY_NAME),
    ("category-description", CATEGORY_DESCRIPTION),
    ("stock-reason", STOCK_REASON),
    ("reason", REASON),
    ("refund-reason", REFUND_REASON),
    ("return-note", RETURN_NOTE),
    ("decision-note", DECISION_NOTE),
    ("tracking-number", TRACKING_NUMBER),
    ("display-name", DISPLAY_NAME),
    ("address-label", ADDRESS_LABEL),
    ("recipient", RECIPIENT),
    ("address-line", ADDRESS_LINE),
    ("address-line-2", ADDRESS_LINE_2),
    ("city", CITY),
    ("region", REGION),
    ("postal-code", POSTAL_CODE),
];

#[cfg(test)]
mod tests;
