//! The page to which the customer's bank redirects them after 3-D Secure (`provider.return_url` of `payment`).

use actix_web::{HttpResponse, http::header};
use kernel::OrderId;

use super::{answer::Answer, request::Segment};

/// The page has an inline style sheet and loads nothing.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
const HTML: &str = include_str!("return_page.html");

/// Return page
///
/// The customer's bank redirects them here after 3-D Secure. The page asks them to return to the shop. It is the
/// same for every order and every caller, because the browser sends no access token.
#[utoipa::path(get, path = "/orders/{id}", tag = "Payments",
    params(("id" = Uuid, Path, description = "The order's id")),
    responses((status = 200, description = "The page", content_type = "text/html")))]
pub(crate) async fn show(Segment(order): Segment<OrderId>) -> Answer {
    Ok(HttpResponse::Ok()
        // The provider puts secrets of the payment into the query.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type("text/html; charset=utf-8")
        .body(HTML.replace("{order}", &order.to_string())))
}
