//! Between proto messages and the types of `domain`.

use chassis::telemetry;
use contracts::convert::timestamp;
use contracts::order::v1;
use contracts::types::v1::PostalAddress;
use kernel::{Money, MoneyError, OrderId, Violations};

use crate::app::CartView;
use crate::domain::{
    Address, NextAction, OrderRecord, OrderSummary, RefundRecord, RefundStatus, SoldLine, Status,
    TimelineRecord, Totals,
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
        unavailable_skus: view
            .priced
            .unavailable
            .into_iter()
            .map(String::from)
            .collect(),
        discount_code: view.discount_code.unwrap_or_default(),
        totals: view.totals.map(totals),
        guest_token: view.guest_token.unwrap_or_default(),
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
        reason: refund.reason,
        status: status.into(),
        created_at: Some(timestamp(refund.created_at)),
    }
}

pub(super) fn timeline(entry: TimelineRecord) -> v1::TimelineEntry {
    v1::TimelineEntry {
        at: Some(timestamp(entry.at)),
        service: entry.service,
        kind: entry.kind,
        message: entry.message,
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

/// Parses the id of an order, and sets it on the current span.
pub(super) fn order_id(field: &str, text: &str) -> Result<OrderId, Failure> {
    let id = text.parse();
    let id: OrderId = id.map_err(|error| Violations::one(field, error))?;
    telemetry::correlate(id);
    Ok(id)
}

/// The status to filter by; none if it is not set.
pub(super) fn status_filter(status: i32) -> Result<Option<Status>, Failure> {
    let status = v1::OrderStatus::try_from(status)
        .map_err(|_| Violations::one("status", "is not a status of an order"))?;
    Ok(match status {
        v1::OrderStatus::Unspecified => None,
        v1::OrderStatus::Pending => Some(Status::Pending),
        v1::OrderStatus::Confirmed => Some(Status::Confirmed),
        v1::OrderStatus::Rejected => Some(Status::Rejected),
        v1::OrderStatus::Cancelled => Some(Status::Cancelled),
        v1::OrderStatus::Shipped => Some(Status::Shipped),
        v1::OrderStatus::Delivered => Some(Status::Delivered),
    })
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
mod tests {
    use prost::Message;

    use super::*;

    /// What every client of gRPC accepts.
    const LIMIT: usize = 4 << 20;

    /// The longest text of this many characters: no character has more than four bytes.
    fn text(characters: usize) -> String {
        "\u{1f980}".repeat(characters)
    }

    fn amount() -> Option<contracts::types::v1::Money> {
        Some(Money::new(i64::MAX, kernel::Currency::EUR).into())
    }

    fn amounts() -> v1::Totals {
        v1::Totals {
            lines: amount(),
            discount: amount(),
            shipping: amount(),
            tax: amount(),
            total: amount(),
        }
    }

    #[test]
    fn the_largest_order_fits_into_a_message_many_times() {
        let id = OrderId::generate().to_string();
        let line = v1::OrderLine {
            sku: text(64),
            name: text(200),
            quantity: 999,
            unit_price: amount(),
            total: amount(),
        };
        let refund = v1::Refund {
            id: id.clone(),
            amount: amount(),
            reason: text(500),
            ..v1::Refund::default()
        };
        let order = v1::Order {
            id,
            lines: vec![line; 100],
            totals: Some(amounts()),
            shipping_address: Some(PostalAddress {
                recipient: text(100),
                line1: text(200),
                line2: text(200),
                city: text(100),
                region: text(100),
                postal_code: text(20),
                country: text(2),
            }),
            tracking_number: text(100),
            refunds: vec![refund; 50],
            ..v1::Order::default()
        };
        assert!(8 * order.encoded_len() < LIMIT, "{}", order.encoded_len());
    }

    #[test]
    fn the_largest_page_of_summaries_fits_into_a_message_many_times() {
        let id = OrderId::generate().to_string();
        let summary = v1::OrderSummary {
            id: id.clone(),
            customer_id: id,
            reason: text(30),
            line_count: 100,
            units: 100 * 999,
            total: amount(),
            ..v1::OrderSummary::default()
        };
        let page = v1::ListOrdersResponse {
            summaries: vec![summary; 100],
            next_page_token: text(36),
        };
        assert!(8 * page.encoded_len() < LIMIT, "{}", page.encoded_len());
    }
}
