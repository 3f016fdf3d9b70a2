//! What the template of an order's page shows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    summary::{self, Summary},
    words::{ShownEntry, Tone},
};
use crate::{
    model::{
        Money, Order, OrderLine, OrderPage, OrderPart, OrderStatus, Payment, PaymentStatus,
        PostalAddress, RefundStatus, Return, ReturnStatus, Totals,
    },
    pages::{address::country_name, format},
};

/// A line as it was sold, with a link to the product as it is now.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) quantity: u32,
    pub(super) unit_price: Money,
    pub(super) total: Money,
}

/// A refund.
pub(super) struct RefundView {
    pub(super) amount: Money,
    pub(super) status: &'static str,
    pub(super) at: DateTime<Utc>,
}

/// A return.
pub(super) struct ReturnView {
    pub(super) id: Uuid,
    pub(super) status: &'static str,
    /// `2 × Espresso, 500 g`.
    pub(super) units: Vec<String>,
    pub(super) amount: Option<Money>,
    /// What staff wrote to the customer.
    pub(super) decision: Option<String>,
    pub(super) at: DateTime<Utc>,
    pub(super) is_open: bool,
}

/// An order as its page shows it.
pub(super) struct View {
    pub(super) id: Uuid,
    pub(super) number: String,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) summary: Summary,
    /// The bank's page, if the customer must go there, and until when.
    pub(super) bank: Option<(String, Option<DateTime<Utc>>)>,
    pub(super) entries: Vec<ShownEntry>,
    pub(super) ahead: Vec<&'static str>,
    pub(super) lines: Vec<Line>,
    pub(super) totals: Totals,
    pub(super) discount_code: Option<String>,
    pub(super) address: PostalAddress,
    pub(super) country: &'static str,
    pub(super) payment: Option<&'static str>,
    pub(super) refunds: Vec<RefundView>,
    pub(super) returns: Vec<ReturnView>,
    pub(super) can_cancel: bool,
    pub(super) can_return: bool,
    /// Whether the page as printed is an invoice; else it confirms the order.
    pub(super) is_invoice: bool,
    /// Where the page's script follows the order; `None` when it has ended.
    pub(super) events: Option<String>,
    /// Whether a browser without scripts loads the page again by itself.
    pub(super) reloads: bool,
    /// Parts that could not be read, in words.
    pub(super) missing: Vec<&'static str>,
}

impl View {
    /// The page of an order.
    pub(super) fn of(page: OrderPage) -> Self {
        let order = page.order;
        let timeline = page.timeline.unwrap_or_default();
        let returns = page.returns.unwrap_or_default();
        let summary = summary::of(&order, page.payment.as_ref(), &timeline);
        let ahead = summary::ahead(&order, &timeline);
        let last = timeline.last().map_or(0, |entry| entry.position);
        let is_over = matches!(
            order.status,
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Delivered
        );
        let events =
            (!is_over).then(|| format!("/orders/{}/events?after={last}", order.id.hyphenated()));
        let products = page.products.unwrap_or_default().into_iter();
        let paths: HashMap<_, _> = products
            .filter(|product| !product.archived)
            .map(|product| (product.sku, format!("/products/{}", product.slug)))
            .collect();
        let missing = page.partial.iter().map(|missing| part(missing.part));
        Self {
            id: order.id,
            number: order.number_or_id(),
            placed_at: order.placed_at,
            bank: bank(&order),
            entries: entries(&timeline),
            ahead: ahead.into_iter().map(|(_, text)| text).collect(),
            payment: page.payment.as_ref().map(payment),
            refunds: refunds(&order),
            returns: returns.iter().map(|one| return_view(one, &order)).collect(),
            can_cancel: matches!(order.status, OrderStatus::Pending | OrderStatus::Confirmed)
                && !order.in_progress,
            can_return: matches!(order.status, OrderStatus::Shipped | OrderStatus::Delivered),
            is_invoice: matches!(order.status, OrderStatus::Shipped | OrderStatus::Delivered),
            reloads: order.status == OrderStatus::Pending && order.next_action.is_none(),
            events,
            missing: missing.collect(),
            summary,
            lines: lines(order.lines, &paths),
            totals: order.totals,
            discount_code: order.discount_code,
            country: country_name(&order.shipping_address.country),
            address: order.shipping_address,
        }
    }
}

/// The bank's page. Only an address of the web is a link.
fn bank(order: &Order) -> Option<(String, Option<DateTime<Utc>>)> {
    let action = order.next_action.as_ref()?;
    let url = &action.redirect_url;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web.then(|| (url.clone(), action.expires_at))
}

/// The entries; what one of them waited for is over when another follows.
fn entries(timeline: &[crate::model::TimelineEntry]) -> Vec<ShownEntry> {
    let mut entries: Vec<_> = timeline.iter().filter_map(ShownEntry::of).collect();
    if let Some((_, earlier)) = entries.split_last_mut() {
        for entry in earlier {
            if entry.tone == Tone::Current {
                entry.tone = Tone::Done;
            }
        }
    }
    entries
}

fn lines(lines: Vec<OrderLine>, paths: &HashMap<String, String>) -> Vec<Line> {
    let line = |line: OrderLine| Line {
        path: paths.get(&line.sku).cloned(),
        name: line.name,
        quantity: line.quantity,
        unit_price: line.unit_price,
        total: line.total,
    };
    lines.into_iter().map(line).collect()
}

const fn payment(payment: &Payment) -> &'static str {
    match payment.status {
        PaymentStatus::Authorizing => "We are asking your bank.",
        PaymentStatus::ActionRequired => "Your bank waits for you.",
        PaymentStatus::Authorized => "Approved by your bank. You are charged when we ship.",
        PaymentStatus::Declined => "Declined. Nothing was charged.",
        PaymentStatus::Voided => "Canceled. Nothing was charged.",
        PaymentStatus::Expired => "Expired. Nothing was charged.",
        PaymentStatus::Captured => "Charged.",
    }
}

fn refunds(order: &Order) -> Vec<RefundView> {
    let refunds = order.refunds.iter();
    let view = |refund: &crate::model::Refund| RefundView {
        amount: refund.amount.clone(),
        status: match refund.status {
            RefundStatus::Requested => "on its way",
            RefundStatus::Succeeded => "sent",
            RefundStatus::Failed => "did not go through, we are looking into it",
        },
        at: refund.created_at,
    };
    refunds.map(view).collect()
}

fn return_view(one: &Return, order: &Order) -> ReturnView {
    let units = one.lines.iter().map(|units| {
        let mut lines = order.lines.iter();
        let line = lines.find(|line| line.sku == units.sku);
        let name = line.map_or(units.sku.as_str(), |line| line.name.as_str());
        format!("{} \u{d7} {name}", format::number(units.quantity))
    });
    ReturnView {
        id: one.id,
        status: match one.status {
            ReturnStatus::Requested => "We are looking at it",
            ReturnStatus::Approved => "Approved",
            ReturnStatus::Refused => "Not accepted",
            ReturnStatus::Withdrawn => "Withdrawn",
        },
        units: units.collect(),
        amount: one.amount.clone(),
        decision: one.decision_note.clone(),
        at: one.created_at,
        is_open: one.status == ReturnStatus::Requested,
    }
}

const fn part(part: OrderPart) -> &'static str {
    match part {
        OrderPart::Payment => "the state of the payment",
        OrderPart::Returns => "your returns",
        OrderPart::Timeline => "what happened so far",
        OrderPart::Products => "the links to the products",
    }
}

/// Units of each line that can still be returned: neither refunded nor in another return.
pub(in crate::pages::shop) fn returnable(order: &Order, returns: &[Return]) -> Vec<u32> {
    let is_taken =
        |one: &&Return| matches!(one.status, ReturnStatus::Requested | ReturnStatus::Approved);
    let in_returns = returns.iter().filter(is_taken).flat_map(|one| &one.lines);
    // The refund of an approved return has the same units.
    let of_returns: Vec<_> = returns.iter().filter_map(|one| one.refund_id).collect();
    let refunds = order
        .refunds
        .iter()
        .filter(|refund| refund.status != RefundStatus::Failed && !of_returns.contains(&refund.id));
    let refunded = refunds.flat_map(|refund| &refund.lines);
    let taken: Vec<_> = in_returns.chain(refunded).collect();
    let left = |line: &OrderLine| {
        let of_line = taken.iter().filter(|units| units.sku == line.sku);
        let taken: u32 = of_line.map(|units| units.quantity).sum();
        line.quantity.saturating_sub(taken)
    };
    order.lines.iter().map(left).collect()
}
