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
/// Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/products/{product}/stock", tag = "Staff",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "The current stock", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(sku): Segment<Sku>) -> Answer {
    ok(&upstreams.catalog().stock(sku).await?)
}

/// Adjust a product's stock
///
/// Changes the units on hand by a delta. Staff only.
#[utoipa::path(post, path = "/api/v1/products/{product}/stock-adjustments", tag = "Staff",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    request_body = StockAdjustment,
    responses((status = 200, description = "The stock after the change", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND", "STOCK_INSUFFICIENT", "VALIDATION_FAILED"]))))]
pub(crate) async fn adjust(
    upstreams: Upstreams,
    Segment(sku): Segment<Sku>,
    Body(adjustment): Body<StockAdjustment>,
) -> Answer {
    ok(&upstreams.catalog().adjust_stock(sku, adjustment).await?)
}
