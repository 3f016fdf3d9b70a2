use actix_web::web::Data;
use kernel::Sku;

use super::{
    answer::{Answer, created_in_version, page, versioned},
    request::{Body, IfMatch, OptionalKey, Patch, Query, Segment},
};
use crate::{
    cache::ProductCache,
    edge::problem::reasons,
    model::{AllProducts, NewProduct, Product, ProductFields, ProductState},
    upstreams::Upstreams,
};

/// Changes members of [`ProductFields`].
type ProductPatch = Patch<ProductFields>;

/// List all products
///
/// Summaries, newest first, of products for sale and archived ones. Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/products", tag = "Staff",
    params(
        ("state" = Option<String>, Query, description = "`for_sale` or `archived`; both by default", example = "archived", format = "product-state"),
        ("page_size" = Option<u32>, Query, description = "Products per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = AllProducts)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED", "PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let state = query.choice("state", &ProductState::NAMES);
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.catalog().all_products(state, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Add a product
///
/// An archived product keeps its SKU, but not its slug. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/products", tag = "Staff", request_body = NewProduct,
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client: a repeated request with it gets the first answer, for 24 hours", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "As stored", body = Product,
        headers(("Location" = String, description = "The URL of the product"),
            ("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "SKU_TAKEN", "SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    OptionalKey(key): OptionalKey,
    Body(new): Body<NewProduct>,
) -> Answer {
    let product = upstreams.catalog().create_product(key, new).await?;
    // The slug may have redirected to a product that had it before.
    cache.apply_change(&product.slug, product.version).await;
    let location = format!("/api/v1/staff/products/{}", product.sku);
    created_in_version(location, product.version, &product)
}

/// Read any product
///
/// By its SKU, for sale or archived. Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/products/{sku}", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku")),
    responses((status = 200, description = "The product", body = Product,
        headers(("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(sku): Segment<Sku>) -> Answer {
    let product = upstreams.catalog().product_by_sku(sku).await?;
    versioned(product.version, &product)
}

/// Change a product
///
/// Also an archived one. After a change of the slug, the former one redirects to it. Staff only, audited.
#[utoipa::path(patch, path = "/api/v1/staff/products/{sku}", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku"),
        ("If-Match" = String, Header, description = "The ETag of the version that was read, or `*`", example = "\"1\"")),
    request_body(content = ProductPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As stored", body = Product,
        headers(("ETag" = String, description = "For `If-Match` of the next change")))),
    extensions(("x-problems" = json!(["IF_MATCH_MISSING", "HEADER_INVALID", "PRODUCT_NOT_FOUND", "PRODUCT_CHANGED", "SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn change(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
    condition: IfMatch,
    patch: ProductPatch,
) -> Answer {
    let current = upstreams.catalog().product_by_sku(sku.clone()).await?;
    condition.check(current.version, &reasons::PRODUCT_CHANGED)?;
    let fields = patch.apply(&ProductFields::from(&current))?;
    let changed = upstreams
        .catalog()
        .replace_product(sku, current.version, fields)
        .await?;
    cache.apply_change(&changed.slug, changed.version).await;
    versioned(changed.version, &changed)
}

/// Archive a product
///
/// It can no longer be bought, and its slug can be used by another product. Orders that contain it are not affected.
/// It can be restored. Staff only, audited.
#[utoipa::path(delete, path = "/api/v1/staff/products/{sku}", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku")),
    responses((status = 200, description = "As stored", body = Product,
        headers(("ETag" = String, description = "For `If-Match` of the next change")))),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn archive(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
) -> Answer {
    let product = upstreams.catalog().archive_product(sku).await?;
    cache.apply_change(&product.slug, product.version).await;
    versioned(product.version, &product)
}

/// Restore a product
///
/// Puts an archived product on sale again, with its units on hand. If another product has its slug now, change the slug
/// first. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/products/{sku}/restoration", tag = "Staff",
    params(("sku" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500", format = "sku")),
    responses((status = 200, description = "As stored", body = Product,
        headers(("ETag" = String, description = "For `If-Match` of the next change")))),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND", "SLUG_TAKEN"]))))]
pub(crate) async fn restore(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
) -> Answer {
    let product = upstreams.catalog().restore_product(sku).await?;
    cache.apply_change(&product.slug, product.version).await;
    versioned(product.version, &product)
}
