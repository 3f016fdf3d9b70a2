use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{Currency, Money, MoneyError, ProductId, Sku, Violations};
use serde::{Deserialize, Serialize};

const PRICE_MAX: i64 = 1_000_000_000;
const ON_HAND_MAX: u32 = 1_000_000;
const ATTRIBUTES_MAX: usize = 30;
const IMAGES_MAX: usize = 10;

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Absolute path or https URL.
    pub(crate) url: String,
    /// What the picture shows, for those who cannot see it.
    pub(crate) alt: String,
}

/// What staff write about a product, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    /// Unique, in URLs.
    pub(crate) slug: String,
    /// For people.
    pub(crate) name: String,
    /// For people; may be empty.
    pub(crate) description: String,
    /// Of one unit, before tax; 0 or more.
    pub(crate) price: Money,
    /// Slug of the category.
    pub(crate) category: String,
    /// What it can be filtered by: `roast` -> `dark`.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The first one is the cover.
    pub(crate) images: Vec<Image>,
}

/// What staff write about a product, not checked yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct DetailsDraft {
    /// Lower case letters, digits and dashes, 1 to 120.
    pub(crate) slug: String,
    /// 1 to 200 characters.
    pub(crate) name: String,
    /// At most 5,000 characters.
    pub(crate) description: String,
    /// Minor units and currency code.
    pub(crate) price: Option<(i64, String)>,
    /// Slug of the category.
    pub(crate) category: String,
    /// At most 30, key 1 to 40 and value 1 to 200 characters.
    pub(crate) attributes: BTreeMap<String, String>,
    /// At most 10.
    pub(crate) images: Vec<Image>,
}

/// A product that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewProduct {
    /// Drawn by us.
    pub(crate) id: ProductId,
    /// Unique.
    pub(crate) sku: Sku,
    /// The rest.
    pub(crate) details: Details,
    /// Units on hand at the start.
    pub(crate) on_hand: u32,
}

/// A product as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    /// UUIDv7: ids sort by age.
    pub(crate) id: ProductId,
    /// Unique.
    pub(crate) sku: Sku,
    /// What staff wrote.
    pub(crate) details: Details,
    /// On hand less reserved.
    pub(crate) available: u32,
    /// Counts the writes of staff.
    pub(crate) version: i64,
    /// The last of them.
    pub(crate) updated_at: DateTime<Utc>,
    /// Off the shelf.
    pub(crate) archived: bool,
}

impl NewProduct {
    /// A new product.
    ///
    /// # Errors
    /// Every field that is not as it must be.
    pub(crate) fn new(sku: &str, draft: DetailsDraft, on_hand: u32) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let sku = violations.take("sku", sku.parse());
        violations.check(
            on_hand <= ON_HAND_MAX,
            "on_hand",
            "must be at most 1,000,000",
        );
        let details = draft.check(&mut violations);
        let (Some(sku), Some(details)) = (sku, details) else {
            return Err(violations);
        };
        violations.or(Self {
            id: ProductId::generate(),
            sku,
            details,
            on_hand,
        })
    }
}

impl DetailsDraft {
    /// Notes everything that is wrong; the details, unless there is no price to keep.
    pub(crate) fn check(self, violations: &mut Violations) -> Option<Details> {
        check_slug(violations, "slug", &self.slug, 120);
        violations.check_text("name", &self.name, 1, 200);
        violations.check_text("description", &self.description, 0, 5_000);
        check_slug(violations, "category", &self.category, 80);
        check_attributes(violations, &self.attributes, ATTRIBUTES_MAX);
        check_images(violations, &self.images);
        let price = check_price(violations, self.price)?;
        Some(Details {
            slug: self.slug,
            name: self.name.trim().to_owned(),
            description: self.description.trim().to_owned(),
            price,
            category: self.category,
            attributes: self.attributes,
            images: self.images,
        })
    }
}

/// Notes that `field` is wrong unless it can stand in a URL.
pub(super) fn check_slug(violations: &mut Violations, field: &str, slug: &str, max: usize) {
    let good = (1..=max).contains(&slug.len())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    violations.check(
        good,
        field,
        format_args!("must be 1 to {max} lower case letters, digits and dashes"),
    );
}

/// Notes what is wrong with attributes, of a product or of a filter.
pub(super) fn check_attributes(
    violations: &mut Violations,
    attributes: &BTreeMap<String, String>,
    max: usize,
) {
    violations.check(
        attributes.len() <= max,
        "attributes",
        format_args!("must be at most {max}"),
    );
    for (key, value) in attributes.iter().take(max) {
        let named = !key.trim().is_empty()
            && key.chars().count() <= 40
            && !key.chars().any(char::is_control);
        if named {
            violations.check_text(&format!("attributes.{key}"), value, 1, 200);
        } else {
            violations.add("attributes", "must have keys of 1 to 40 characters");
        }
    }
}

fn check_images(violations: &mut Violations, images: &[Image]) {
    violations.check(
        images.len() <= IMAGES_MAX,
        "images",
        format_args!("must be at most {IMAGES_MAX}"),
    );
    for (index, image) in images.iter().take(IMAGES_MAX).enumerate() {
        let rooted = image.url.starts_with('/') && !image.url.starts_with("//");
        let good = (rooted || image.url.starts_with("https://"))
            && image.url.chars().count() <= 500
            && !image
                .url
                .chars()
                .any(|c| c.is_whitespace() || c.is_control());
        violations.check(
            good,
            &format!("images[{index}].url"),
            "must be an absolute path or https URL of at most 500 characters",
        );
        violations.check_text(&format!("images[{index}].alt"), &image.alt, 1, 200);
    }
}

fn check_price(violations: &mut Violations, price: Option<(i64, String)>) -> Option<Money> {
    let Some((minor_units, currency)) = price else {
        violations.add("price", "is required");
        return None;
    };
    violations.check(
        (0..=PRICE_MAX).contains(&minor_units),
        "price.minor_units",
        "must be between 0 and 1,000,000,000",
    );
    let currency: Result<Currency, MoneyError> = currency.parse();
    violations
        .take("price.currency", currency)
        .map(|currency| Money::new(minor_units, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> DetailsDraft {
        DetailsDraft {
            slug: "espresso".to_owned(),
            name: "Espresso".to_owned(),
            price: Some((1_299, "EUR".to_owned())),
            category: "coffee".to_owned(),
            ..DetailsDraft::default()
        }
    }

    fn fields(violations: Violations) -> Vec<String> {
        violations.into_vec().into_iter().map(|v| v.field).collect()
    }

    #[test]
    fn a_plain_product_is_good() {
        let product = NewProduct::new("COFFEE-1", draft(), 3).expect("nothing is wrong");
        assert_eq!(product.details.price, Money::new(1_299, Currency::EUR));
        assert_eq!(product.on_hand, 3);
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let draft = DetailsDraft {
            slug: "Espresso!".to_owned(),
            name: String::new(),
            description: "x".repeat(5_001),
            price: Some((-1, "XQX".to_owned())),
            category: String::new(),
            attributes: BTreeMap::from([("roast".to_owned(), String::new())]),
            images: vec![Image {
                url: "javascript:alert(1)".to_owned(),
                alt: String::new(),
            }],
        };
        let violations = NewProduct::new("coffee", draft, 1_000_001).expect_err("all is wrong");
        assert_eq!(
            fields(violations),
            [
                "sku",
                "on_hand",
                "slug",
                "name",
                "description",
                "category",
                "attributes.roast",
                "images[0].url",
                "images[0].alt",
                "price.minor_units",
                "price.currency",
            ]
        );
    }

    #[test]
    fn a_price_is_required() {
        let without = DetailsDraft {
            price: None,
            ..draft()
        };
        let violations = NewProduct::new("A", without, 0).expect_err("no price");
        assert_eq!(fields(violations), ["price"]);
    }

    #[test]
    fn pictures_are_ours_or_come_by_https() {
        for (url, good) in [
            ("/images/a.svg", true),
            ("https://example.com/a.png", true),
            ("http://example.com/a.png", false),
            ("//example.com/a.png", false),
            ("a.png", false),
        ] {
            let mut violations = Violations::new();
            let alt = "A".to_owned();
            let url = url.to_owned();
            check_images(&mut violations, &[Image { url, alt }]);
            assert_eq!(violations.is_empty(), good);
        }
    }
}
