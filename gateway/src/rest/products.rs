use actix_web::{
    HttpRequest,
    http::header::{HeaderValue, LINK},
    web::Data,
};

use super::{
    answer::{Answer, json},
    request::{Query, Segment},
};
use crate::{
    cache::{Page, ProductCache},
    edge::problem::{Problem, reasons},
    model::{Attributes, Product, ProductSearch, Products, Sort},
    upstreams::Upstreams,
};

/// Search and list products
///
/// Full-text search with typo correction, filters, facets and pages of summaries. Without `q` it lists products.
/// `attributes[<key>]=<value>` filters by an attribute; with several, at most 10, all must match.
#[utoipa::path(get, path = "/api/v1/products", tag = "Catalog",
    params(
        ("q" = Option<String>, Query, description = "A name, a SKU or words. Products with this name or SKU \
            come first. Blank lists all products", example = "coffe", format = "search"),
        ("category" = Option<String>, Query, description = "A category's slug", example = "coffee", format = "category-slug"),
        ("currency" = Option<String>, Query, description = "Only products with prices in this currency of the shop. \
            A price filter and a sort by price are in one currency: without `currency` in the shop's first one",
            example = "EUR", pattern = "^[A-Z]{3}$"),
        ("min_price" = Option<i64>, Query, description = "Lowest price in minor units of the currency, inclusive", minimum = 0),
        ("max_price" = Option<i64>, Query, description = "Highest price in minor units of the currency, inclusive", minimum = 0),
        ("in_stock" = Option<bool>, Query, description = "Only products that are available"),
        ("attributes" = Option<Attributes>, Query, style = DeepObject, explode,
            description = "Only products with all of these attributes, at most 10: `attributes[roast]=dark`. \
                `attributes.roast=dark`, by the name of the facet, is the same", example = json!({"roast": "dark"})),
        ("sort" = Option<String>, Query, description = "`relevance` (default with `q`), `newest` \
            (default without `q`), `price_ascending`, `price_descending`, `name`", format = "product-sort"),
        ("page_size" = Option<u32>, Query, description = "Products per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page"),
        ("facets" = Option<bool>, Query, description = "Also return facet counts"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the client's copy")),
    responses((status = 200, description = "One page", body = Products,
            headers(("ETag" = String, description = "Entity tag of this response"),
                ("Link" = String, description = "The URLs of the first and the next page (RFC 8288)"))),
        (status = 304, description = "The client's copy is current")),
    extensions(("x-problems" = json!(["VALIDATION_FAILED", "PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn search(request: HttpRequest, upstreams: Upstreams, mut query: Query) -> Answer {
    let amount = "an amount in minor units";
    let search = ProductSearch {
        query: query.text("q"),
        category: query.text("category"),
        currency: query.text("currency"),
        min_price: query.parsed("min_price", amount),
        max_price: query.parsed("max_price", amount),
        in_stock: query.flag("in_stock"),
        attributes: query.object("attributes"),
        sort: query.choice("sort", &Sort::NAMES),
        page: query.page(),
        facets: query.flag("facets"),
    };
    let links = query.finish()?;
    let found = upstreams.catalog().search(search).await;
    let products = found.map_err(|problem| problem.rename("query", "q"))?;
    let link = links.header(products.next_page_token.as_deref());
    let mut response = Page::new(json(&products)?, 0).respond(&request);
    let link = HeaderValue::try_from(link).map_err(|error| {
        tracing::error!(%error, "the URL of a search cannot be a header");
        Problem::new(&reasons::INTERNAL)
    })?;
    response.headers_mut().insert(LINK, link);
    Ok(response)
}

/// Read a product
///
/// By its slug. A former slug redirects to the current one, unless another product has it now. Responses come from a
/// cache. A change is visible at once, or within seconds if the broker is unavailable. Revalidate with `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/products/{product}", tag = "Catalog",
    params(("product" = String, Path, description = "The product's slug", example = "espresso-500g", format = "product-slug"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the client's copy")),
    responses((status = 200, description = "The product", body = Product,
            headers(("ETag" = String, description = "Entity tag of this response"))),
        (status = 304, description = "The client's copy is current"),
        (status = 308, description = "The product has another slug now",
            headers(("Location" = String, description = "The current URL of the product")))),
    extensions(("x-problems" = json!(["PRODUCT_NOT_FOUND"]))))]
pub(crate) async fn get(
    request: HttpRequest,
    cache: Data<ProductCache>,
    upstreams: Upstreams,
    Segment(slug): Segment<String>,
) -> Answer {
    Ok(cache.product(&upstreams, &slug).await?.respond(&request))
}
