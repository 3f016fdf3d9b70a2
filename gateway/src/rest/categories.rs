//! Shelves of the shop.

use actix_web::{HttpRequest, web::Data};

use super::{
    answer::{Answer, created, json},
    request::Body,
};
use crate::{
    cache::{CATEGORIES, Page, Pages},
    model::{Categories, Category, NewCategory},
    upstreams::Upstreams,
};

/// List categories
///
/// Answers come from a cache and may be a few seconds old; ask again with `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/categories", tag = "Catalog",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the copy at hand")),
    responses((status = 200, description = "By position", body = Categories),
        (status = 304, description = "The copy at hand is still good")))]
pub(crate) async fn list(request: HttpRequest, pages: Data<Pages>, upstreams: Upstreams) -> Answer {
    let page = pages
        .get(CATEGORIES, async {
            let categories = upstreams.catalog().categories().await?;
            Ok(Page::new(json(&categories)?, 0))
        })
        .await?;
    Ok(page.answer(&request))
}

/// Add a category
///
/// Staff only.
#[utoipa::path(post, path = "/api/v1/categories", tag = "Catalog", request_body = NewCategory,
    responses((status = 201, description = "As stored", body = Category)),
    extensions(("x-problems" = json!(["CATEGORY_SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(
    upstreams: Upstreams,
    pages: Data<Pages>,
    Body(new): Body<NewCategory>,
) -> Answer {
    let category = upstreams.catalog().create_category(new).await?;
    pages.forget(CATEGORIES).await;
    created(
        format!("/api/v1/products?category={}", category.slug),
        &category,
    )
}
