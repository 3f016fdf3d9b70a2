use actix_web::{HttpRequest, web::Data};

use super::{
    answer::{Answer, created_in_version, no_content, versioned},
    request::{Body, IfMatch, OptionalKey, Patch, Segment},
};
use crate::{
    cache::{CATEGORIES, ProductCache},
    edge::problem::reasons,
    model::{Categories, Category, CategoryFields, NewCategory},
    upstreams::Upstreams,
};

/// Changes members of [`CategoryFields`].
type CategoryPatch = Patch<CategoryFields>;

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
    Ok(cache.categories(&upstreams).await?.respond(&request))
}

/// Add a category
///
/// Staff only.
#[utoipa::path(post, path = "/api/v1/staff/categories", tag = "Staff", request_body = NewCategory,
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client: a repeated request with it gets the first answer, for 24 hours", pattern = "^[!-~]{1,255}$")),
    responses((status = 201, description = "As stored", body = Category,
        headers(("Location" = String, description = "The URL of the category"),
            ("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["CATEGORY_SLUG_TAKEN", "IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    OptionalKey(key): OptionalKey,
    Body(new): Body<NewCategory>,
) -> Answer {
    let category = upstreams.catalog().create_category(key, new).await?;
    cache.evict(CATEGORIES).await;
    let location = format!("/api/v1/staff/categories/{}", category.slug);
    created_in_version(location, category.version, &category)
}

/// Read a category
///
/// Uncached. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/categories/{slug}", tag = "Staff",
    params(("slug" = String, Path, description = "The category's slug", example = "coffee", format = "category-slug")),
    responses((status = 200, description = "The category", body = Category,
        headers(("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["CATEGORY_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(slug): Segment<String>) -> Answer {
    let category = upstreams.catalog().category(&slug).await?;
    versioned(category.version, &category)
}

/// Change a category
///
/// Its products stay in it. Searches find them by the new name soon after. Staff only, audited.
#[utoipa::path(patch, path = "/api/v1/staff/categories/{slug}", tag = "Staff",
    params(("slug" = String, Path, description = "The category's slug", example = "coffee", format = "category-slug"),
        ("If-Match" = String, Header, description = "The ETag of the version that was read, or `*`", example = "\"1\"")),
    request_body(content = CategoryPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As stored", body = Category,
        headers(("ETag" = String, description = "For `If-Match` of the next change")))),
    extensions(("x-problems" = json!(["IF_MATCH_MISSING", "HEADER_INVALID", "CATEGORY_NOT_FOUND", "CATEGORY_CHANGED", "CATEGORY_SLUG_TAKEN", "VALIDATION_FAILED"]))))]
pub(crate) async fn change(
    upstreams: Upstreams,
    cache: Data<ProductCache>,
    Segment(slug): Segment<String>,
    condition: IfMatch,
    patch: CategoryPatch,
) -> Answer {
    let current = upstreams.catalog().category(&slug).await?;
    condition.check(current.version, &reasons::CATEGORY_CHANGED)?;
    let fields = patch.apply(&CategoryFields::from(&current))?;
    let changed = upstreams
        .catalog()
        .replace_category(slug, current.version, fields)
        .await?;
    cache.evict(CATEGORIES).await;
    versioned(changed.version, &changed)
}

/// Delete a category
///
/// Only a category without products can be deleted; archived products count. Staff only.
#[utoipa::path(delete, path = "/api/v1/staff/categories/{slug}", tag = "Staff",
    params(("slug" = String, Path, description = "The category's slug", example = "coffee", format = "category-slug")),
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
