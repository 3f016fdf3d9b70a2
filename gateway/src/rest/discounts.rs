//! Discount codes, managed by staff.

use super::{
    answer::{Answer, created, ok},
    request::{Body, Query, Segment},
};
use crate::{
    model::{ActionReason, DiscountChange, DiscountCode, DiscountCodes, NewDiscountCode},
    upstreams::Upstreams,
};

/// List discount codes
///
/// In alphabetical order, ended ones too. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/discounts", tag = "Staff",
    params(
        ("page_size" = Option<u32>, Query, description = "Codes per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page", body = DiscountCodes)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let page = query.page();
    query.finish()?;
    ok(&upstreams.discount().list(page).await?)
}

/// Create a discount code
///
/// A percentage off the lines, with an optional minimum, a period of validity and limits of use. A code is used once: not
/// again after it has ended. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/discounts", tag = "Staff", request_body = NewDiscountCode,
    responses((status = 201, description = "As stored", body = DiscountCode)),
    extensions(("x-problems" = json!(["DISCOUNT_EXISTS", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(upstreams: Upstreams, Body(new): Body<NewDiscountCode>) -> Answer {
    let discount = upstreams.discount().create(new).await?;
    let location = format!("/api/v1/staff/discounts/{}", discount.code);
    created(location, &discount)
}

/// Read a discount code
///
/// With the number of orders that use it. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/discounts/{code}", tag = "Staff",
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10")),
    responses((status = 200, description = "The code", body = DiscountCode)),
    extensions(("x-problems" = json!(["DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(code): Segment<String>) -> Answer {
    ok(&upstreams.discount().get(code).await?)
}

/// Change a discount code
///
/// Replaces all its terms; an absent one is removed. Orders keep the discount with which they were placed. Staff only,
/// audited.
#[utoipa::path(put, path = "/api/v1/staff/discounts/{code}", tag = "Staff", request_body = DiscountChange,
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10")),
    responses((status = 200, description = "As stored", body = DiscountCode)),
    extensions(("x-problems" = json!(["DISCOUNT_CHANGED", "DISCOUNT_ENDED", "DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn replace(
    upstreams: Upstreams,
    Segment(code): Segment<String>,
    Body(change): Body<DiscountChange>,
) -> Answer {
    ok(&upstreams.discount().update(code, change).await?)
}

/// End a discount code
///
/// For good. Orders that were placed keep their discount. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/discounts/{code}/end", tag = "Staff", request_body = ActionReason,
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10")),
    responses((status = 200, description = "The ended code", body = DiscountCode)),
    extensions(("x-problems" = json!(["DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn end(
    upstreams: Upstreams,
    Segment(code): Segment<String>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.discount().end(code, reason).await?)
}
