use actix_web::web::Data;
use kernel::Sku;

use super::{
    answer::{Answer, ok},
    request::{Query, Segment},
};
use crate::{
    cache::ProductCache,
    model::{AllProducts, Product, ProductState},
    upstreams::Upstreams,
};

/// List all products
///
/// Summaries, newest first, of products for sale and archived ones. Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/products", tag = "Staff",
    params(
        ("state" = Option<String>, Query, description = "`for_sale` or `archived`; both by default", example = "archived"),
        ("page_size" = Option<u32>, Query, description = "Products per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page", body = AllProducts)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED", "PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let state = query.choice("state", &ProductState::NAMES);
    let page = query.page();
    query.finish()?;
    ok(&upstreams.catalog().all_products(state, page).await?)
}

/// Read any product
///
/// By its SKU, for sale or archived. Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/products/{product}", tag = "Staff",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "The product", body = Product)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(sku): Segment<Sku>) -> Answer {
    ok(&upstreams.catalog().product_by_sku(sku).await?)
}

/// Restore a product
///
/// Puts an archived product on sale again, with its units on hand. If another product has its slug now, change the slug
/// first. Staff only.
#[utoipa::path(post, path = "/api/v1/products/{product}/restoration", tag = "Staff",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "As stored", body = Product)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND", "SLUG_TAKEN"]))))]
pub(crate) async fn restore(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
) -> Answer {
    let product = upstreams.catalog().restore_product(sku).await?;
    cache.apply_change(&product.slug, product.version).await;
    ok(&product)
}
