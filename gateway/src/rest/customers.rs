//! The accounts of customers, for staff who help them.

use kernel::UserId;

use super::{
    answer::{Answer, ok, page},
    request::{Query, Segment},
};
use crate::{
    model::{CustomerDetails, Customers},
    upstreams::Upstreams,
};

/// List or find customers
///
/// The accounts of customers, newest first, without those of staff. Support and finance only.
#[utoipa::path(get, path = "/api/v1/staff/customers", tag = "Staff",
    params(
        ("email" = Option<String>, Query, description = "Only customers whose e-mail address is this or begins with it; not case-sensitive. In ASCII: the domain as in DNS", example = "ada@", max_length = 254, pattern = "^[!-~]{1,254}$"),
        ("page_size" = Option<u32>, Query, description = "Customers per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Customers)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let email = query.text("email");
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.customer().list(email, wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Read a customer
///
/// An account of staff is none of a customer. Support and finance only.
#[utoipa::path(get, path = "/api/v1/staff/customers/{id}", tag = "Staff",
    params(("id" = Uuid, Path, description = "The account's id")),
    responses((status = 200, description = "The customer", body = CustomerDetails)),
    extensions(("x-problems" = json!(["CUSTOMER_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(id): Segment<UserId>) -> Answer {
    ok(&upstreams.customer().get(id).await?)
}
