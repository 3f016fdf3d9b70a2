use kernel::Sku;

use super::{
    answer::{Answer, ok},
    request::{Body, OptionalKey, Segment},
};
use crate::{
    model::{Stock, StockAdjustment},
    upstreams::Upstreams,
};

/// Read a product's stock
///
/// Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/products/{sku}/stock", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku")),
    responses((status = 200, description = "The current stock", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(sku): Segment<Sku>) -> Answer {
    ok(&upstreams.catalog().stock(sku).await?)
}

/// Adjust a product's stock
///
/// Changes the units on hand by a delta. Staff only.
#[utoipa::path(post, path = "/api/v1/staff/products/{sku}/stock-adjustments", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku"),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client: a repeated request with it gets the first answer, for 24 hours", pattern = "^[!-~]{1,255}$")),
    request_body = StockAdjustment,
    responses((status = 200, description = "The stock after the change", body = Stock)),
    extensions(("x-problems" = json!(["IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "PRODUCT_NOT_FOUND", "STOCK_INSUFFICIENT", "VALIDATION_FAILED"]))))]
pub(crate) async fn adjust(
    upstreams: Upstreams,
    Segment(sku): Segment<Sku>,
    OptionalKey(key): OptionalKey,
    Body(adjustment): Body<StockAdjustment>,
) -> Answer {
    ok(&upstreams
        .catalog()
        .adjust_stock(sku, key, adjustment)
        .await?)
}
