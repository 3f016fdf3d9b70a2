use actix_web::{HttpRequest, web::Data};

use super::{
    answer::{Answer, created, json},
    request::Body,
};
use crate::{
    cache::{CATEGORIES, Page, ProductCache},
    model::{Categories, Category, NewCategory},
    upstreams::Upstreams,
};

/// List categories
///
/// Responses come from a cache and may be a few seconds old. Revalidate with `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/categories", tag = "Catalog",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the client's copy")),
    responses((status = 200, description = "By position", body = Categories),
        (status = 304, description = "The client's copy is current")))]
pub(crate) async fn list(
    request: HttpRequest,
    cache: Data<ProductCache>,
    upstreams: Upstreams,
) -> Answer {
    let page = cache
        .get(CATEGORIES, async {
            let categories = upstreams.catalog().categories().await?;
            Ok(Page::new(json(&categories)?, 0))
        })
        .await?;
    Ok(page.respond(&request))
}

/// Add a category
///
/// Staff only.
#[utoipa::path(post, path = "/api/v1/categories", tag = "Staff", request_body = NewCategory,
    responses((status = 201, description = "As stored", body = Category)),
    extensions(("x-problems" = json!(["CATEGORY_SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Body(new): Body<NewCategory>,
) -> Answer {
    let category = upstreams.catalog().create_category(new).await?;
    cache.evict(CATEGORIES).await;
    created(
        format!("/api/v1/products?category={}", category.slug),
        &category,
    )
}
