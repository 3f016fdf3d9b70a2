//! Discount codes, managed by staff.

use super::{
    answer::{Answer, created_in_version, ok, page, versioned},
    request::{Body, IfMatch, Patch, Query, Segment},
};
use crate::{
    edge::problem::reasons,
    model::{ActionReason, DiscountChange, DiscountCode, DiscountCodes, NewDiscountCode},
    upstreams::Upstreams,
};

/// Changes members of [`DiscountChange`].
type DiscountPatch = Patch<DiscountChange>;

/// List discount codes
///
/// In alphabetical order, ended ones too. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/discounts", tag = "Staff",
    params(
        ("page_size" = Option<u32>, Query, description = "Codes per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = DiscountCodes)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.discount().list(wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Create a discount code
///
/// A percentage off the lines, with an optional minimum, a period of validity and limits of use. A code is used once: not
/// again after it has ended. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/discounts", tag = "Staff", request_body = NewDiscountCode,
    responses((status = 201, description = "As stored", body = DiscountCode,
        headers(("Location" = String, description = "The URL of the code"),
            ("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["DISCOUNT_EXISTS", "VALIDATION_FAILED"]))))]
pub(crate) async fn create(upstreams: Upstreams, Body(new): Body<NewDiscountCode>) -> Answer {
    let discount = upstreams.discount().create(new).await?;
    let location = format!("/api/v1/staff/discounts/{}", discount.code);
    created_in_version(location, discount.version, &discount)
}

/// Read a discount code
///
/// With the number of orders that use it. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/discounts/{code}", tag = "Staff",
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10", format = "new-discount-code")),
    responses((status = 200, description = "The code", body = DiscountCode,
        headers(("ETag" = String, description = "For `If-Match` of a change")))),
    extensions(("x-problems" = json!(["DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(code): Segment<String>) -> Answer {
    let discount = upstreams.discount().get(code).await?;
    versioned(discount.version, &discount)
}

/// Change a discount code
///
/// Orders keep the discount with which they were placed. `reason` is required with each change. Staff only, audited.
#[utoipa::path(patch, path = "/api/v1/staff/discounts/{code}", tag = "Staff",
    request_body(content = DiscountPatch, content_type = "application/merge-patch+json"),
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10", format = "new-discount-code"),
        ("If-Match" = String, Header, description = "The ETag of the version that was read, or `*`", example = "\"1\"")),
    responses((status = 200, description = "As stored", body = DiscountCode,
        headers(("ETag" = String, description = "For `If-Match` of the next change")))),
    extensions(("x-problems" = json!(["IF_MATCH_MISSING", "HEADER_INVALID", "DISCOUNT_CHANGED", "DISCOUNT_ENDED", "DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn change(
    upstreams: Upstreams,
    Segment(code): Segment<String>,
    condition: IfMatch,
    patch: DiscountPatch,
) -> Answer {
    let current = upstreams.discount().get(code.clone()).await?;
    let version = current.version;
    condition.check(version, &reasons::DISCOUNT_CHANGED)?;
    let change = patch.apply(&DiscountChange::from(current))?;
    let changed = upstreams.discount().update(code, version, change).await?;
    versioned(changed.version, &changed)
}

/// End a discount code
///
/// For good. Orders that were placed keep their discount. Staff only, audited.
#[utoipa::path(post, path = "/api/v1/staff/discounts/{code}/end", tag = "Staff", request_body = ActionReason,
    params(("code" = String, Path, description = "The code; not case-sensitive", example = "WELCOME10", format = "new-discount-code")),
    responses((status = 200, description = "The ended code", body = DiscountCode)),
    extensions(("x-problems" = json!(["DISCOUNT_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn end(
    upstreams: Upstreams,
    Segment(code): Segment<String>,
    Body(ActionReason { reason }): Body<ActionReason>,
) -> Answer {
    ok(&upstreams.discount().end(code, reason).await?)
}
