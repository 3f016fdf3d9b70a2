//! Products.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use contracts::catalog::v1::{
    ArchiveProductRequest, CreateProductRequest, GetProductRequest, Image, SearchProductsRequest,
    Sort, UpdateProductRequest,
};
use kernel::Sku;

use super::answer::{Answer, created, json, ok};
use crate::{
    cache::{Page, Pages},
    edge::problem::{Problem, reasons},
    model::{NewProduct, Product, ProductChange, Products},
    rest::request::{Body, Query, Segment},
    upstreams::{Rpc, promised},
};

const SORTS: [(&str, Sort); 5] = [
    ("relevance", Sort::Relevance),
    ("price_ascending", Sort::PriceAscending),
    ("price_descending", Sort::PriceDescending),
    ("newest", Sort::Newest),
    ("name", Sort::Name),
];
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
pub(crate) async fn search(rpc: Rpc, mut query: Query) -> Answer {
    let amount = "an amount in minor units";
    let request = SearchProductsRequest {
        query: query.text("q").unwrap_or_default(),
        category: query.text("category").unwrap_or_default(),
        min_price: query.parsed("min_price", amount),
        max_price: query.parsed("max_price", amount),
        in_stock: query.flag("in_stock"),
        attributes: query.prefixed("attributes."),
        sort: query.choice("sort", &SORTS).unwrap_or_default().into(),
        page_size: query.page_size(),
        page_token: query.text("page_token").unwrap_or_default(),
        facets: query.flag("facets"),
    };
    query.finish()?;
    let reply = rpc.call(rpc.catalog().search_products(request)).await;
    let reply = reply.map_err(|problem| problem.rename("query", "q"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, no-cache"))
        .content_type("application/json")
        .body(json(&Products::try_from(reply)?)?))
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
    rpc: Rpc,
    Segment(slug): Segment<String>,
) -> Answer {
    // What cannot be a slug is no product; it must not reach the cache's keys either.
    if slug.len() > LONGEST_SLUG || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Problem::new(&reasons::PRODUCT_NOT_FOUND));
    }
    let page = pages
        .get(&slug, async {
            let request = GetProductRequest { slug: slug.clone() };
            let reply = rpc.call(rpc.catalog().get_product(request)).await?;
            let product =
                Product::try_from(promised(reply.product, "GetProductResponse.product")?)?;
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
pub(crate) async fn create(rpc: Rpc, Body(new): Body<NewProduct>) -> Answer {
    let request = CreateProductRequest {
        sku: new.sku,
        slug: new.slug,
        name: new.name,
        description: new.description,
        price: Some(new.price.into()),
        category: new.category,
        attributes: new.attributes,
        images: new.images.into_iter().map(Image::from).collect(),
        on_hand: new.on_hand,
    };
    let reply = rpc.call(rpc.catalog().create_product(request)).await?;
    let product = Product::try_from(promised(reply.product, "CreateProductResponse.product")?)?;
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
    rpc: Rpc,
    pages: Data<Pages>,
    Segment(sku): Segment<Sku>,
    Body(change): Body<ProductChange>,
) -> Answer {
    let request = UpdateProductRequest {
        sku: sku.into(),
        slug: change.slug,
        name: change.name,
        description: change.description,
        price: Some(change.price.into()),
        category: change.category,
        attributes: change.attributes,
        images: change.images.into_iter().map(Image::from).collect(),
        version: change.version,
    };
    let reply = rpc.call(rpc.catalog().update_product(request)).await?;
    let product = Product::try_from(promised(reply.product, "UpdateProductResponse.product")?)?;
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
pub(crate) async fn archive(rpc: Rpc, pages: Data<Pages>, Segment(sku): Segment<Sku>) -> Answer {
    let request = ArchiveProductRequest { sku: sku.into() };
    let reply = rpc.call(rpc.catalog().archive_product(request)).await?;
    let product = Product::try_from(promised(reply.product, "ArchiveProductResponse.product")?)?;
    pages.changed(&product.slug, product.version).await;
    ok(&product)
}
