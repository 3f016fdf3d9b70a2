use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::catalog::v1;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

use super::{
    convert::{convert_all, id, optional_text, time},
    money::{Money, Price, amount},
};
use crate::edge::problem::Problem;

/// A picture of a product.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Absolute path or https URL.
    #[schema(example = "/images/espresso.webp", format = "image-url")]
    pub(crate) url: String,
    /// Alternative text.
    #[schema(example = "A bag of espresso beans", format = "image-alt")]
    pub(crate) alt: String,
}

/// A product. It has one SKU.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Product {
    /// The product's id.
    pub(crate) id: Uuid,
    /// The stock keeping unit.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Identifier in URLs.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Description for customers.
    #[schema(example = "A dark roast for the machine.")]
    pub(crate) description: String,
    /// Price of one unit, before tax.
    pub(crate) price: Money,
    /// Slug of the category.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) category: String,
    /// Attributes: `{"roast": "dark"}`.
    #[schema(example = json!({"roast": "dark"}), value_type = Attributes)]
    pub(crate) attributes: BTreeMap<String, String>,
    /// The first one is the cover.
    pub(crate) images: Vec<Image>,
    /// Units currently available.
    #[schema(example = 120)]
    pub(crate) available: u32,
    /// Counts changes by staff; the `ETag` of the product in staff's URLs.
    #[schema(example = 1)]
    pub(crate) version: i64,
    /// Time of the last change, stock changes excluded.
    pub(crate) updated_at: DateTime<Utc>,
    /// True if the product can no longer be bought.
    pub(crate) archived: bool,
}

/// A product in a list. Its own URL has the description, the attributes and all images.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductSummary {
    /// The product's id.
    pub(crate) id: Uuid,
    /// The stock keeping unit.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Identifier in URLs.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Price of one unit, before tax.
    pub(crate) price: Money,
    /// Slug of the category.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) category: String,
    /// The first image; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cover: Option<Image>,
    /// Units currently available.
    #[schema(example = 120)]
    pub(crate) available: u32,
    /// Version of the product.
    #[schema(example = 1)]
    pub(crate) version: i64,
    /// Time of the last change, stock changes excluded.
    pub(crate) updated_at: DateTime<Utc>,
    /// True if the product can no longer be bought.
    pub(crate) archived: bool,
}

/// One page of all products, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AllProducts {
    /// The products of this page.
    #[serde(rename = "items")]
    pub(crate) products: Vec<ProductSummary>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

/// The schema of a product's attributes.
pub(crate) enum Attributes {}

impl PartialSchema for Attributes {
    fn schema() -> RefOr<Schema> {
        let text = |kind: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom(kind.to_owned())))
        };
        ObjectBuilder::new()
            .property_names(Some(text("attribute-name")))
            .additional_properties(Some(text("attribute-value")))
            .description(Some("Properties to filter by, by their names"))
            .into()
    }
}

impl ToSchema for Attributes {}

/// Which products a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProductState {
    /// Only products for sale.
    ForSale,
    /// Only archived products.
    Archived,
}

impl ProductState {
    /// The names of the query parameter `state`.
    pub(crate) const NAMES: [(&str, Self); 2] =
        [("for_sale", Self::ForSale), ("archived", Self::Archived)];
}

impl From<ProductState> for v1::ProductState {
    fn from(state: ProductState) -> Self {
        match state {
            ProductState::ForSale => Self::ForSale,
            ProductState::Archived => Self::Archived,
        }
    }
}

/// A new product. All its texts together have at most 32,000 bytes of UTF-8.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    /// Upper case letters, digits and dashes.
    #[schema(example = "COFFEE-ESPRESSO-500", format = "sku")]
    pub(crate) sku: String,
    /// Lower case letters, digits and dashes.
    #[schema(example = "espresso-500g", format = "product-slug")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Espresso, 500 g", format = "product-name")]
    pub(crate) name: String,
    /// Description for customers.
    #[serde(default)]
    #[schema(
        example = "A dark roast for the machine.",
        format = "product-description"
    )]
    pub(crate) description: String,
    /// Price of one unit, before tax; 0 or more, in a currency that the shop sells in.
    #[schema(value_type = Price)]
    pub(crate) price: Money,
    /// Slug of an existing category.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) category: String,
    /// At most 30; keys of 1 to 40, values of 1 to 200 characters.
    #[serde(default)]
    #[schema(example = json!({"roast": "dark"}), value_type = Attributes)]
    pub(crate) attributes: BTreeMap<String, String>,
    /// At most 10; the first one is the cover.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub(crate) images: Vec<Image>,
    /// Initial units on hand.
    #[serde(default)]
    #[schema(example = 120, maximum = 1_000_000)]
    pub(crate) on_hand: u32,
}

/// What staff can change of a product. All its texts together have at most 32,000 bytes of UTF-8.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductFields {
    /// Lower case letters, digits and dashes.
    #[schema(example = "espresso-500g", format = "product-slug")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Espresso, 500 g", format = "product-name")]
    pub(crate) name: String,
    /// Description for customers.
    #[serde(default)]
    #[schema(
        example = "A dark roast for the machine.",
        format = "product-description"
    )]
    pub(crate) description: String,
    /// Price of one unit, before tax; 0 or more, in a currency that the shop sells in.
    #[schema(value_type = Price)]
    pub(crate) price: Money,
    /// Slug of an existing category.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) category: String,
    /// At most 30; keys of 1 to 40, values of 1 to 200 characters.
    #[serde(default)]
    #[schema(example = json!({"roast": "dark"}), value_type = Attributes)]
    pub(crate) attributes: BTreeMap<String, String>,
    /// At most 10; the first one is the cover.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub(crate) images: Vec<Image>,
}

impl From<&Product> for ProductFields {
    fn from(product: &Product) -> Self {
        Self {
            slug: product.slug.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            price: product.price.clone(),
            category: product.category.clone(),
            attributes: product.attributes.clone(),
            images: product.images.clone(),
        }
    }
}

impl From<Image> for v1::Image {
    fn from(image: Image) -> Self {
        Self {
            url: image.url,
            alt: image.alt,
        }
    }
}

impl From<v1::Image> for Image {
    fn from(image: v1::Image) -> Self {
        Self {
            url: image.url,
            alt: image.alt,
        }
    }
}

impl TryFrom<v1::ProductSummary> for ProductSummary {
    type Error = Problem;

    fn try_from(product: v1::ProductSummary) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&product.id, "ProductSummary.id")?,
            sku: product.sku,
            slug: product.slug,
            name: product.name,
            price: amount(product.price, "ProductSummary.price")?,
            category: product.category,
            cover: product.cover.map(Image::from),
            available: product.available,
            version: product.version,
            updated_at: time(product.updated_at, "ProductSummary.updated_at")?,
            archived: product.archived,
        })
    }
}

impl TryFrom<v1::ListProductsResponse> for AllProducts {
    type Error = Problem;

    fn try_from(reply: v1::ListProductsResponse) -> Result<Self, Problem> {
        Ok(Self {
            products: convert_all(reply.products)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}

impl TryFrom<v1::Product> for Product {
    type Error = Problem;

    fn try_from(product: v1::Product) -> Result<Self, Problem> {
        let images = product.images.into_iter().map(Image::from);
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
