use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::catalog::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{id, time},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// A picture of a product.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Absolute path or https URL.
    #[schema(example = "/images/espresso.webp", max_length = 500)]
    pub(crate) url: String,
    /// What it shows, for those who cannot see it.
    #[schema(example = "A bag of espresso beans", min_length = 1, max_length = 200)]
    pub(crate) alt: String,
}

/// A product; one SKU each.
#[derive(Serialize, ToSchema)]
pub(crate) struct Product {
    /// The product's id.
    pub(crate) id: Uuid,
    /// Its stock keeping unit.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Names it in URLs.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// Its name.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// What it is.
    pub(crate) description: String,
    /// Price of one unit, before tax.
    pub(crate) price: Money,
    /// Slug of its category.
    #[schema(example = "coffee")]
    pub(crate) category: String,
    /// Properties: `{"roast": "dark"}`.
    #[schema(example = json!({"roast": "dark"}))]
    pub(crate) attributes: BTreeMap<String, String>,
    /// The first one is the cover.
    pub(crate) images: Vec<Image>,
    /// Units that can be bought now.
    #[schema(example = 120)]
    pub(crate) available: u32,
    /// Counts the writes; a change must send the one it read.
    #[schema(example = 1)]
    pub(crate) version: i64,
    /// Last write to description or price.
    pub(crate) updated_at: DateTime<Utc>,
    /// True when it is off the shelf.
    pub(crate) archived: bool,
}

/// A product to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    /// Upper case letters, digits and dashes.
    #[schema(example = "COFFEE-ESPRESSO-500", min_length = 1, max_length = 40)]
    pub(crate) sku: String,
    /// Lower case letters, digits and dashes.
    #[schema(example = "espresso-500g", min_length = 1, max_length = 120)]
    pub(crate) slug: String,
    /// Its name.
    #[schema(example = "Espresso, 500 g", min_length = 1, max_length = 200)]
    pub(crate) name: String,
    /// What it is.
    #[serde(default)]
    #[schema(max_length = 5_000)]
    pub(crate) description: String,
    /// Price of one unit, before tax; 0 or more.
    pub(crate) price: Money,
    /// Slug of an existing category.
    #[schema(example = "coffee")]
    pub(crate) category: String,
    /// At most 30; keys of 1 to 40, values of 1 to 200 characters.
    #[serde(default)]
    #[schema(example = json!({"roast": "dark"}))]
    pub(crate) attributes: BTreeMap<String, String>,
    /// At most 10, the first one is the cover.
    #[serde(default)]
    pub(crate) images: Vec<Image>,
    /// Units on hand at the start.
    #[serde(default)]
    #[schema(example = 120, maximum = 1_000_000)]
    pub(crate) on_hand: u32,
}

/// What a product becomes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductChange {
    /// Lower case letters, digits and dashes.
    #[schema(example = "espresso-500g", min_length = 1, max_length = 120)]
    pub(crate) slug: String,
    /// Its name.
    #[schema(example = "Espresso, 500 g", min_length = 1, max_length = 200)]
    pub(crate) name: String,
    /// What it is.
    #[serde(default)]
    #[schema(max_length = 5_000)]
    pub(crate) description: String,
    /// Price of one unit, before tax; 0 or more.
    pub(crate) price: Money,
    /// Slug of an existing category.
    #[schema(example = "coffee")]
    pub(crate) category: String,
    /// At most 30; keys of 1 to 40, values of 1 to 200 characters.
    #[serde(default)]
    #[schema(example = json!({"roast": "dark"}))]
    pub(crate) attributes: BTreeMap<String, String>,
    /// At most 10, the first one is the cover.
    #[serde(default)]
    pub(crate) images: Vec<Image>,
    /// The version that was read.
    #[schema(example = 1)]
    pub(crate) version: i64,
}

impl From<Image> for v1::Image {
    fn from(image: Image) -> Self {
        Self {
            url: image.url,
            alt: image.alt,
        }
    }
}

impl TryFrom<v1::Product> for Product {
    type Error = Problem;

    fn try_from(product: v1::Product) -> Result<Self, Problem> {
        let images = product.images.into_iter().map(|image| Image {
            url: image.url,
            alt: image.alt,
        });
        Ok(Self {
            id: id(&product.id, "Product.id")?,
            sku: product.sku,
            slug: product.slug,
            name: product.name,
            description: product.description,
            price: amount(product.price, "Product.price")?,
            category: product.category,
            attributes: product.attributes,
            images: images.collect(),
            available: product.available,
            version: product.version,
            updated_at: time(product.updated_at, "Product.updated_at")?,
            archived: product.archived,
        })
    }
}
