//! Stock, for people who work here.

use contracts::catalog::v1::{AdjustStockRequest, GetStockRequest};
use kernel::Sku;

use super::answer::{Answer, ok};
use crate::{
    model::{Stock, StockAdjustment},
    rest::request::{Body, Segment},
    upstreams::{Rpc, promised},
};

/// Read a product's stock
///
/// Straight from the database. Staff only.
#[utoipa::path(get, path = "/api/v1/products/{product}/stock", tag = "Catalog",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "Now", body = Stock)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(rpc: Rpc, Segment(sku): Segment<Sku>) -> Answer {
    let request = GetStockRequest { sku: sku.into() };
    let reply = rpc.call(rpc.catalog().get_stock(request)).await?;
    ok(&Stock::from(promised(
        reply.stock,
        "GetStockResponse.stock",
    )?))
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
    rpc: Rpc,
    Segment(sku): Segment<Sku>,
    Body(adjustment): Body<StockAdjustment>,
) -> Answer {
    let request = AdjustStockRequest {
        sku: sku.into(),
        delta: adjustment.delta,
        reason: adjustment.reason,
    };
    let reply = rpc.call(rpc.catalog().adjust_stock(request)).await?;
    ok(&Stock::from(promised(
        reply.stock,
        "AdjustStockResponse.stock",
    )?))
}
