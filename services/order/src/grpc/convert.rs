//! Between proto messages and the types of `domain`.

use chassis::telemetry;
use chrono::{DateTime, Utc};
use contracts::convert::timestamp;
use contracts::order::v1;
use contracts::types::v1::PostalAddress;
use kernel::{Money, MoneyError, OrderId, Violations};
use prost_types::Timestamp;

use crate::app::{CartView, MergeView};
use crate::domain::{
    Address, ExcludedLine, LineReason, NextAction, OrderRecord, OrderSummary, RefundRecord,
    RefundStatus, SoldLine, Status, TimelineRecord, Totals, UnitShare, total_share, units_by_sku,
};
use crate::failure::Failure;

pub(super) fn cart(view: CartView) -> v1::Cart {
    let lines = view.priced.lines.into_iter().map(|line| v1::CartLine {
        sku: line.sku.into(),
        name: line.product.name,
        slug: line.product.slug,
        quantity: line.quantity.get(),
        unit_price: Some(line.product.price.into()),
        total: Some(line.total.into()),
        available: line.product.available,
    });
    v1::Cart {
        lines: lines.collect(),
        discount_code: view.discount_code.unwrap_or_default(),
        totals: view.totals.map(totals),
        guest_token: view.guest_token.unwrap_or_default(),
        unsellable: excluded(view.priced.unsellable),
    }
}

pub(super) fn merged(view: MergeView) -> v1::MergeCartResponse {
    v1::MergeCartResponse {
        cart: Some(cart(view.cart)),
        moved_units: view.joined.moved_units(),
        left: excluded(view.joined.left),
    }
}

fn excluded(lines: Vec<ExcludedLine>) -> Vec<v1::ExcludedLine> {
    let lines = lines.into_iter().map(|line| v1::ExcludedLine {
        sku: line.sku.into(),
        quantity: line.quantity.get(),
        reason: reason(line.reason).into(),
    });
    lines.collect()
}

const fn reason(reason: LineReason) -> v1::LineReason {
    match reason {
        LineReason::NotForSale => v1::LineReason::NotForSale,
        LineReason::OtherCurrency => v1::LineReason::OtherCurrency,
        LineReason::Unavailable => v1::LineReason::Unavailable,
        LineReason::AmountTooLarge => v1::LineReason::AmountTooLarge,
        LineReason::LineFull => v1::LineReason::LineFull,
        LineReason::CartFull => v1::LineReason::CartFull,
    }
}

pub(super) fn order(order: OrderRecord) -> v1::Order {
    v1::Order {
        id: order.id.to_string(),
        customer_id: order.customer_id.to_string(),
        status: status(order.status).into(),
        reason: order.reason.unwrap_or_default(),
        lines: order.lines.into_iter().map(line).collect(),
        totals: Some(totals(order.totals)),
        shipping_address: Some(PostalAddress {
            recipient: order.address.recipient,
            line1: order.address.line1,
            line2: order.address.line2,
            city: order.address.city,
            region: order.address.region,
            postal_code: order.address.postal_code,
            country: order.address.country,
        }),
        discount_code: order.discount_code.unwrap_or_default(),
        tracking_number: order.tracking_number.unwrap_or_default(),
        refunds: order.refunds.into_iter().map(refund).collect(),
        placed_at: Some(timestamp(order.placed_at)),
        updated_at: Some(timestamp(order.updated_at)),
        in_progress: order.in_progress,
        next_action: order.next_action.map(next_action),
        number: order.number.map(String::from).unwrap_or_default(),
    }
}

pub(super) fn summary(order: OrderSummary) -> v1::OrderSummary {
    v1::OrderSummary {
        id: order.id.to_string(),
        customer_id: order.customer_id.to_string(),
        status: status(order.status).into(),
        reason: order.reason.unwrap_or_default(),
        line_count: order.line_count,
        units: order.units,
        total: Some(order.total.into()),
        in_progress: order.in_progress,
        action_required: order.action_required,
        placed_at: Some(timestamp(order.placed_at)),
        updated_at: Some(timestamp(order.updated_at)),
        number: order.number.map(String::from).unwrap_or_default(),
    }
}

pub(super) fn refund(refund: RefundRecord) -> v1::Refund {
    let status = match refund.status {
        RefundStatus::Requested => v1::RefundStatus::Requested,
        RefundStatus::Succeeded => v1::RefundStatus::Succeeded,
        RefundStatus::Failed => v1::RefundStatus::Failed,
    };
    v1::Refund {
        id: refund.id.to_string(),
        amount: Some(refund.amount.into()),
        lines: line_units(&refund.units),
        share: share(&refund.units),
        reason: refund.reason,
        status: status.into(),
        created_at: Some(timestamp(refund.created_at)),
    }
}

/// The lines of a request: SKU and quantity of each.
pub(super) fn units(lines: Vec<v1::LineUnits>) -> Vec<(String, u32)> {
    let lines = lines.into_iter();
    lines.map(|line| (line.sku, line.quantity)).collect()
}

pub(super) fn line_units(shares: &[UnitShare]) -> Vec<v1::LineUnits> {
    let lines = units_by_sku(shares).into_iter();
    let lines = lines.map(|(sku, quantity)| v1::LineUnits {
        sku: sku.to_string(),
        quantity,
    });
    lines.collect()
}

pub(super) fn share(shares: &[UnitShare]) -> Option<v1::Totals> {
    // The sum did not overflow when the order was placed.
    total_share(shares).ok().flatten().map(totals)
}

pub(super) fn timeline(entry: TimelineRecord) -> v1::TimelineEntry {
    v1::TimelineEntry {
        at: Some(timestamp(entry.at)),
        service: entry.service,
        kind: entry.kind,
        message: entry.message,
        position: entry.position,
    }
}

pub(super) fn address(address: PostalAddress) -> Address {
    Address {
        recipient: address.recipient,
        line1: address.line1,
        line2: address.line2,
        city: address.city,
        region: address.region,
        postal_code: address.postal_code,
        country: address.country,
    }
}

/// The amount, if the request has one.
pub(super) fn money(
    money: Option<contracts::types::v1::Money>,
) -> Option<Result<Money, MoneyError>> {
    money.map(Money::try_from)
}

/// A time of a request, if it has one.
pub(super) fn time(
    violations: &mut Violations,
    field: &str,
    time: Option<Timestamp>,
) -> Option<DateTime<Utc>> {
    let time = time?;
    let read = u32::try_from(time.nanos).ok();
    // Microseconds are the resolution of PostgreSQL.
    let read = read.and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos / 1_000 * 1_000));
    violations.check(read.is_some(), field, "is not a time");
    read
}

/// Parses the id of an order, and sets it on the current span.
pub(super) fn order_id(field: &str, text: &str) -> Result<OrderId, Failure> {
    let id = text.parse();
    let id: OrderId = id.map_err(|error| Violations::one(field, error))?;
    telemetry::correlate(id);
    Ok(id)
}

pub(super) fn status(status: Status) -> v1::OrderStatus {
    match status {
        Status::Pending => v1::OrderStatus::Pending,
        Status::Confirmed => v1::OrderStatus::Confirmed,
        Status::Rejected => v1::OrderStatus::Rejected,
        Status::Cancelled => v1::OrderStatus::Cancelled,
        Status::Shipped => v1::OrderStatus::Shipped,
        Status::Delivered => v1::OrderStatus::Delivered,
    }
}

fn next_action(action: NextAction) -> contracts::types::v1::NextAction {
    contracts::types::v1::NextAction {
        redirect_url: action.redirect_url,
        expires_at: Some(timestamp(action.expires_at)),
    }
}

fn line(line: SoldLine) -> v1::OrderLine {
    v1::OrderLine {
        // The multiplication did not overflow when the order was placed.
        total: line.unit_price.times(line.quantity).ok().map(Into::into),
        sku: line.sku.into(),
        name: line.name,
        quantity: line.quantity.get(),
        unit_price: Some(line.unit_price.into()),
    }
}

fn totals(totals: Totals) -> v1::Totals {
    v1::Totals {
        lines: Some(totals.lines.into()),
        discount: Some(totals.discount.into()),
        shipping: Some(totals.shipping.into()),
        tax: Some(totals.tax.into()),
        total: Some(totals.total.into()),
    }
}

#[cfg(test)]
mod tests;
