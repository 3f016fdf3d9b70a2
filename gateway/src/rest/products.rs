//! Products.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use kernel::Sku;

use super::{
    answer::{Answer, created, json, ok},
    request::{Body, Query, Segment},
};
use crate::{
    cache::{Page, Pages},
    edge::problem::{Problem, reasons},
    model::{NewProduct, Product, ProductChange, ProductSearch, Products, Sort},
    upstreams::Upstreams,
};

const LONGEST_SLUG: usize = 120;

/// Search and list products
///
/// Full-text search that forgives typos, with filters, facets and pages. Without words it lists.
/// `attributes.<key>=<value>` filters by an attribute; up to 10 of them, all must match.
#[utoipa::path(get, path = "/api/v1/products", tag = "Catalog",
    params(
        ("q" = Option<String>, Query, description = "Words to look for", max_length = 200, example = "coffe"),
        ("category" = Option<String>, Query, description = "A category's slug", example = "coffee"),
        ("min_price" = Option<i64>, Query, description = "Lowest price in minor units, inclusive", minimum = 0),
        ("max_price" = Option<i64>, Query, description = "Highest price in minor units, inclusive", minimum = 0),
        ("in_stock" = Option<bool>, Query, description = "Only what can be bought now"),
        ("attributes" = Option<BTreeMap<String, String>>, Query, style = Form, explode,
            description = "Written `attributes.<key>=<value>`: `attributes.roast=dark`"),
        ("sort" = Option<String>, Query, description = "`relevance` (default with words), `newest` \
            (default without), `price_ascending`, `price_descending`, `name`"),
        ("page_size" = Option<u32>, Query, description = "Products a page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the page before"),
        ("facets" = Option<bool>, Query, description = "Also count what the results have in common")),
    responses((status = 200, description = "One page", body = Products)),
    extensions(("x-problems" = json!(["VALIDATION_FAILED", "PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn search(upstreams: Upstreams, mut query: Query) -> Answer {
    let amount = "an amount in minor units";
    let search = ProductSearch {
        query: query.text("q"),
        category: query.text("category"),
        min_price: query.parsed("min_price", amount),
        max_price: query.parsed("max_price", amount),
        in_stock: query.flag("in_stock"),
        attributes: query.prefixed("attributes."),
        sort: query.choice("sort", &Sort::NAMES),
        page: query.page(),
        facets: query.flag("facets"),
    };
    query.finish()?;
    let found = upstreams.catalog().search(search).await;
    let products = found.map_err(|problem| problem.rename("query", "q"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, no-cache"))
        .content_type("application/json")
        .body(json(&products)?))
}

/// Read a product
///
/// By its slug. Answers come from a cache that hears of changes; without news they may be a few
/// seconds old. Ask again with `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/products/{product}", tag = "Catalog",
    params(("product" = String, Path, description = "The product's slug", example = "espresso-500g"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the copy at hand")),
    responses((status = 200, description = "The product", body = Product,
            headers(("ETag" = String, description = "Names this version of the answer"))),
        (status = 304, description = "The copy at hand is still good")),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(
    request: HttpRequest,
    pages: Data<Pages>,
    upstreams: Upstreams,
    Segment(slug): Segment<String>,
) -> Answer {
    // What cannot be a slug is no product; it must not reach the cache's keys either.
    if slug.len() > LONGEST_SLUG || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Problem::new(&reasons::PRODUCT_NOT_FOUND));
    }
    let page = pages
        .get(&slug, async {
            let product = upstreams.catalog().product(&slug).await?;
            Ok(Page::new(json(&product)?, product.version))
        })
        .await?;
    Ok(page.answer(&request))
}

/// Add a product
///
/// Staff only.
#[utoipa::path(post, path = "/api/v1/products", tag = "Catalog", request_body = NewProduct,
    responses((status = 201, description = "As stored", body = Product)),
    extensions(("x-problems" = json!(["SKU_TAKEN", "SLUG_TAKEN", "CATEGORY_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(upstreams: Upstreams, Body(new): Body<NewProduct>) -> Answer {
    let product = upstreams.catalog().create_product(new).await?;
    created(format!("/api/v1/products/{}", product.slug), &product)
}

/// Change a product
///
/// Replaces what shows of it. Staff only.
#[utoipa::path(put, path = "/api/v1/products/{product}", tag = "Catalog",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    request_body = ProductChange,
    responses((status = 200, description = "As stored", body = Product)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND", "PRODUCT_CHANGED", "SLUG_TAKEN", "CATEGORY_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn replace(
    upstreams: Upstreams,
    pages: Data<Pages>,
    Segment(sku): Segment<Sku>,
    Body(change): Body<ProductChange>,
) -> Answer {
    let product = upstreams.catalog().replace_product(sku, change).await?;
    pages.changed(&product.slug, product.version).await;
    ok(&product)
}

/// Take a product off the shelf
///
/// Orders that hold it go on. Staff only.
#[utoipa::path(delete, path = "/api/v1/products/{product}", tag = "Catalog",
    params(("product" = String, Path, description = "The product's SKU", example = "COFFEE-ESPRESSO-500")),
    responses((status = 200, description = "As stored", body = Product)),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn archive(
    upstreams: Upstreams,
    pages: Data<Pages>,
    Segment(sku): Segment<Sku>,
) -> Answer {
    let product = upstreams.catalog().archive_product(sku).await?;
    pages.changed(&product.slug, product.version).await;
    ok(&product)
}
