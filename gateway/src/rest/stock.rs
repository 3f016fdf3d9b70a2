//! Stock, for people who work here.

use kernel::Sku;

use super::{
    answer::{Answer, ok},
    request::{Body, Segment},
};
use crate::{
    model::{Stock, StockAdjustment},
    upstreams::Upstreams,
};

/// Read a product's stock
///
/// Straight from the database. Staff only.
#[utoipa::path(get, path = "/api/v1/products/{product}/stock", tag = "Catalog",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "Now", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(sku): Segment<Sku>) -> Answer {
    ok(&upstreams.catalog().stock(sku).await?)
}

/// Adjust a product's stock
///
/// Adds to the units on hand, or takes from them. Staff only.
#[utoipa::path(post, path = "/api/v1/products/{product}/stock-adjustments", tag = "Catalog",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    request_body = StockAdjustment,
    responses((status = 200, description = "After the change", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND", "STOCK_INSUFFICIENT", "VALIDATION_FAILED"]))))]
pub(crate) async fn adjust(
    upstreams: Upstreams,
    Segment(sku): Segment<Sku>,
    Body(adjustment): Body<StockAdjustment>,
) -> Answer {
    ok(&upstreams.catalog().adjust_stock(sku, adjustment).await?)
}
