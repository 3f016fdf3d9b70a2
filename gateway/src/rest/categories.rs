//! Shelves of the shop.

use actix_web::{HttpRequest, web::Data};
use contracts::catalog::v1::{CreateCategoryRequest, ListCategoriesRequest};

use super::answer::{Answer, created, json};
use crate::{
    cache::{CATEGORIES, Page, Pages},
    model::{Categories, Category, NewCategory},
    rest::request::Body,
    upstreams::{Rpc, promised},
};

/// List categories
///
/// Answers come from a cache and may be a few seconds old; ask again with `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/categories", tag = "Catalog",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the copy at hand")),
    responses((status = 200, description = "By position", body = Categories),
        (status = 304, description = "The copy at hand is still good")))]
pub(crate) async fn list(request: HttpRequest, pages: Data<Pages>, rpc: Rpc) -> Answer {
    let page = pages
        .get(CATEGORIES, async {
            let request = ListCategoriesRequest {};
            let reply = rpc.call(rpc.catalog().list_categories(request)).await?;
            Ok(Page::new(json(&Categories::try_from(reply)?)?, 0))
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
pub(crate) async fn create(rpc: Rpc, pages: Data<Pages>, Body(new): Body<NewCategory>) -> Answer {
    let request = CreateCategoryRequest {
        slug: new.slug,
        name: new.name,
        description: new.description,
        position: new.position,
    };
    let reply = rpc.call(rpc.catalog().create_category(request)).await?;
    pages.forget(CATEGORIES).await;
    let category =
        Category::try_from(promised(reply.category, "CreateCategoryResponse.category")?)?;
    created(
        format!("/api/v1/products?category={}", category.slug),
        &category,
    )
}
