//! Conversion between rows and values of the domain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use kernel::Money;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Details, Image, Level, Offer, Product, ProductSummary};
use crate::schema::{categories, products, stock};

/// A product: `products` joined with `categories` and `stock`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg))]
pub(super) struct ProductRow {
    id: Uuid,
    sku: String,
    slug: String,
    name: String,
    description: String,
    price_minor: i64,
    currency: String,
    attributes: Value,
    images: Value,
    version: i64,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = categories::slug, select_expression_type = categories::slug)]
    category: String,
    #[diesel(select_expression = stock::on_hand, select_expression_type = stock::on_hand)]
    on_hand: i32,
    #[diesel(select_expression = stock::reserved, select_expression_type = stock::reserved)]
    reserved: i32,
}

impl TryFrom<ProductRow> for Product {
    type Error = persistence::Error;

    fn try_from(row: ProductRow) -> Result<Self, persistence::Error> {
        let currency = row.currency.parse().map_err(corrupt)?;
        let attributes: BTreeMap<String, String> =
            serde_json::from_value(row.attributes).map_err(corrupt)?;
        let images: Vec<Image> = serde_json::from_value(row.images).map_err(corrupt)?;
        let archived = row.archived_at.is_some();
        Ok(Self {
            id: row.id.into(),
            sku: row.sku.parse().map_err(corrupt)?,
            details: Details {
                slug: row.slug,
                name: row.name,
                description: row.description,
                price: Money::new(row.price_minor, currency),
                category: row.category,
                attributes,
                images,
            },
            available: available(archived, row.on_hand, row.reserved)?,
            version: row.version,
            updated_at: row.updated_at,
            archived,
        })
    }
}

fn available(archived: bool, on_hand: i32, reserved: i32) -> Result<u32, persistence::Error> {
    match archived {
        true => Ok(0),
        false => u32::try_from(on_hand - reserved).map_err(corrupt),
    }
}

/// A product in a list: `products` joined with `categories` and `stock`, without the long columns.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg))]
pub(super) struct SummaryRow {
    id: Uuid,
    sku: String,
    slug: String,
    name: String,
    price_minor: i64,
    currency: String,
    images: Value,
    version: i64,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = categories::slug, select_expression_type = categories::slug)]
    category: String,
    #[diesel(select_expression = stock::on_hand, select_expression_type = stock::on_hand)]
    on_hand: i32,
    #[diesel(select_expression = stock::reserved, select_expression_type = stock::reserved)]
    reserved: i32,
}

impl TryFrom<SummaryRow> for ProductSummary {
    type Error = persistence::Error;

    fn try_from(row: SummaryRow) -> Result<Self, persistence::Error> {
        let currency = row.currency.parse().map_err(corrupt)?;
        let images: Vec<Image> = serde_json::from_value(row.images).map_err(corrupt)?;
        let archived = row.archived_at.is_some();
        Ok(Self {
            id: row.id.into(),
            sku: row.sku.parse().map_err(corrupt)?,
            slug: row.slug,
            name: row.name,
            price: Money::new(row.price_minor, currency),
            category: row.category,
            cover: images.into_iter().next(),
            available: available(archived, row.on_hand, row.reserved)?,
            version: row.version,
            updated_at: row.updated_at,
            archived,
        })
    }
}

/// An offer: `products` joined with `stock`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg))]
pub(super) struct OfferRow {
    id: Uuid,
    sku: String,
    slug: String,
    name: String,
    price_minor: i64,
    currency: String,
    archived_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = stock::on_hand, select_expression_type = stock::on_hand)]
    on_hand: i32,
    #[diesel(select_expression = stock::reserved, select_expression_type = stock::reserved)]
    reserved: i32,
}

impl TryFrom<OfferRow> for Offer {
    type Error = persistence::Error;

    fn try_from(row: OfferRow) -> Result<Self, persistence::Error> {
        let archived = row.archived_at.is_some();
        Ok(Self {
            product_id: row.id.into(),
            sku: row.sku.parse().map_err(corrupt)?,
            slug: row.slug,
            name: row.name,
            price: Money::new(row.price_minor, row.currency.parse().map_err(corrupt)?),
            available: available(archived, row.on_hand, row.reserved)?,
            archived,
            cover: None,
        })
    }
}

/// An offer with its cover, from the column `products.images`.
pub(super) fn offer_with_cover(
    (row, images): (OfferRow, Value),
) -> Result<Offer, persistence::Error> {
    let images: Vec<Image> = serde_json::from_value(images).map_err(corrupt)?;
    let cover = images.into_iter().next();
    Ok(Offer {
        cover,
        ..row.try_into()?
    })
}

/// The columns that staff write.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = products)]
pub(super) struct DetailsRow<'a> {
    slug: &'a str,
    name: &'a str,
    description: &'a str,
    price_minor: i64,
    currency: &'static str,
    category_id: Uuid,
    attributes: Value,
    images: Value,
}

impl<'a> DetailsRow<'a> {
    pub(super) fn new(details: &'a Details, category_id: Uuid) -> Result<Self, persistence::Error> {
        Ok(Self {
            slug: &details.slug,
            name: &details.name,
            description: &details.description,
            price_minor: details.price.minor_units(),
            currency: details.price.currency().code(),
            category_id,
            attributes: serde_json::to_value(&details.attributes).map_err(not_serializable)?,
            images: serde_json::to_value(&details.images).map_err(not_serializable)?,
        })
    }
}

fn not_serializable(error: serde_json::Error) -> persistence::Error {
    diesel::result::Error::SerializationError(Box::new(error)).into()
}

/// A row of `stock`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = stock)]
pub(super) struct StockRow {
    product_id: Uuid,
    sku: String,
    on_hand: i32,
    reserved: i32,
    for_sale: bool,
}

impl TryFrom<StockRow> for Level {
    type Error = persistence::Error;

    fn try_from(row: StockRow) -> Result<Self, persistence::Error> {
        Ok(Self {
            product_id: row.product_id.into(),
            sku: row.sku.parse().map_err(corrupt)?,
            on_hand: u32::try_from(row.on_hand).map_err(corrupt)?,
            reserved: u32::try_from(row.reserved).map_err(corrupt)?,
            for_sale: row.for_sale,
        })
    }
}

/// The error of a stored value that its type cannot represent: the schema and the code do not match.
pub(super) fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> persistence::Error {
    diesel::result::Error::DeserializationError(Box::new(error)).into()
}

/// A number of units as a column. The limits of the domain keep it far below `i32::MAX`.
pub(super) fn units(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
