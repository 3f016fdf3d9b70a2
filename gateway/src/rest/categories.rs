use actix_web::{HttpRequest, web::Data};

use super::{
    answer::{Answer, created, json, no_content, ok},
    request::{Body, Segment},
};
use crate::{
    cache::{CATEGORIES, Page, ProductCache},
    model::{Categories, Category, CategoryChange, NewCategory},
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

/// Change a category
///
/// Replaces its slug, name, description and position; its products stay in it. Searches find them by the new name soon
/// after. Staff only.
#[utoipa::path(put, path = "/api/v1/categories/{category}", tag = "Staff",
    params(("category" = String, Path, description = "The category's slug", example = "coffee")),
    request_body = CategoryChange,
    responses((status = 200, description = "As stored", body = Category)),
    extensions(("x-problems" = json!(["CATEGORY_NOT_FOUND", "CATEGORY_SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn replace(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(slug): Segment<String>,
    Body(change): Body<CategoryChange>,
) -> Answer {
    let category = upstreams.catalog().replace_category(slug, change).await?;
    cache.evict(CATEGORIES).await;
    ok(&category)
}

/// Delete a category
///
/// Only a category without products can be deleted; archived products count. Staff only.
#[utoipa::path(delete, path = "/api/v1/categories/{category}", tag = "Staff",
    params(("category" = String, Path, description = "The category's slug", example = "coffee")),
    responses((status = 204, description = "The category is deleted")),
    extensions(("x-problems" = json!(["CATEGORY_NOT_FOUND", "CATEGORY_NOT_EMPTY"]))))]
pub(crate) async fn delete(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(slug): Segment<String>,
) -> Answer {
    upstreams.catalog().delete_category(slug).await?;
    cache.evict(CATEGORIES).await;
    no_content()
}
