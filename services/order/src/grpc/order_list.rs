//! The request of a list of orders.

use contracts::order::v1;
use contracts::order::v1::ListOrdersRequest;
use kernel::{UserId, Violations};

use super::convert::time;
use crate::app::ListRequest;
use crate::domain::{OrderFilter, OrderNumber, Status};
use crate::failure::Failure;

/// Checks every filter and reports all violations at once.
pub(super) fn list_request(request: ListOrdersRequest) -> Result<ListRequest, Failure> {
    let mut violations = Violations::new();
    let status = status(&mut violations, request.status);
    let number = optional(
        &mut violations,
        "number",
        &request.number,
        str::parse::<OrderNumber>,
    );
    let customer = optional(
        &mut violations,
        "customer_id",
        &request.customer_id,
        str::parse::<UserId>,
    );
    let is_allowed = request.all_customers || request.customer_id.is_empty();
    violations.check(is_allowed, "customer_id", "needs all_customers");
    let since = time(&mut violations, "since", request.since);
    let until = time(&mut violations, "until", request.until);
    let is_ordered = since.zip(until).is_none_or(|(since, until)| since < until);
    violations.check(is_ordered, "until", "must be later than since");
    Ok(violations.or(ListRequest {
        filter: OrderFilter {
            status,
            number,
            since,
            until,
        },
        page_size: request.page_size,
        page_token: request.page_token,
        all_customers: request.all_customers,
        customer,
    })?)
}

/// The value of a text; none if it is empty or invalid.
fn optional<T, E: std::fmt::Display>(
    violations: &mut Violations,
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    violations.take(field, parse(text))
}

/// The status to filter by; none if it is not set.
fn status(violations: &mut Violations, status: i32) -> Option<Status> {
    let read = v1::OrderStatus::try_from(status).map_err(|_| "is not a status of an order");
    match violations.take("status", read)? {
        v1::OrderStatus::Unspecified => None,
        v1::OrderStatus::Pending => Some(Status::Pending),
        v1::OrderStatus::Confirmed => Some(Status::Confirmed),
        v1::OrderStatus::Rejected => Some(Status::Rejected),
        v1::OrderStatus::Cancelled => Some(Status::Cancelled),
        v1::OrderStatus::Shipped => Some(Status::Shipped),
        v1::OrderStatus::Delivered => Some(Status::Delivered),
    }
}
