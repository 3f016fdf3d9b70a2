//! Rows as diesel reads and writes them, and their conversion.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::Error;
use kernel::{Currency, Money, Quantity, Sku};
use uuid::Uuid;

use super::codes::{code, read, read_end_reason, unreadable};
use crate::domain::{
    Address, NextAction, Order, OrderNumber, OrderRecord, OrderSummary, Refund, RefundRecord,
    SoldLine, Totals, UnitShare, is_in_progress,
};
use crate::saga::Step;
use crate::schema::{order_lines, orders, refunds, sagas};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
pub(super) struct OrderRow {
    pub(super) id: Uuid,
    pub(super) customer_id: Uuid,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) currency: String,
    pub(super) lines_minor: i64,
    pub(super) discount_minor: i64,
    pub(super) shipping_minor: i64,
    pub(super) tax_minor: i64,
    pub(super) total_minor: i64,
    pub(super) discount_code: Option<String>,
    pub(super) recipient: String,
    pub(super) line1: String,
    pub(super) line2: String,
    pub(super) city: String,
    pub(super) region: String,
    pub(super) postal_code: String,
    pub(super) country: String,
    pub(super) payment_method: String,
    pub(super) reservation_id: Uuid,
    pub(super) payment_id: Uuid,
    pub(super) tracking_number: Option<String>,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) number: Option<String>,
}

/// The columns of an order that a list shows.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
pub(super) struct SummaryRow {
    pub(super) id: Uuid,
    customer_id: Uuid,
    status: String,
    reason: Option<String>,
    currency: String,
    total_minor: i64,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    number: Option<String>,
}

/// The columns of an order that decisions need.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
pub(super) struct DecisionRow {
    id: Uuid,
    customer_id: Uuid,
    status: String,
    currency: String,
    total_minor: i64,
    payment_method: String,
    reservation_id: Uuid,
    payment_id: Uuid,
    tracking_number: Option<String>,
    shipments: i32,
    placed_at: DateTime<Utc>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sagas, check_for_backend(diesel::pg::Pg))]
pub(super) struct SagaRow {
    pub(super) order_id: Uuid,
    pub(super) status: String,
    pub(super) step: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) attempts: i32,
    pub(super) next_attempt_at: Option<DateTime<Utc>>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) since: DateTime<Utc>,
    pub(super) action_url: Option<String>,
    pub(super) action_expires_at: Option<DateTime<Utc>>,
    pub(super) hold_expired: bool,
    pub(super) waited_for_customer: bool,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = order_lines, check_for_backend(diesel::pg::Pg))]
pub(super) struct LineRow {
    sku: String,
    name: String,
    quantity: i32,
    unit_price_minor: i64,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = refunds, check_for_backend(diesel::pg::Pg))]
pub(super) struct RefundRow {
    pub(super) id: Uuid,
    pub(super) order_id: Uuid,
    amount_minor: i64,
    currency: String,
    reason: String,
    status: String,
    attempts: i32,
    created_at: DateTime<Utc>,
}

impl DecisionRow {
    pub(super) fn order(self, saga: &SagaRow) -> Result<Order, Error> {
        Ok(Order {
            id: self.id.into(),
            customer_id: self.customer_id.into(),
            status: read(&self.status)?,
            total: money(self.total_minor, &self.currency)?,
            payment_method: self.payment_method,
            reservation_id: self.reservation_id.into(),
            payment_id: self.payment_id.into(),
            tracking_number: self.tracking_number,
            shipments: u32::try_from(self.shipments).map_err(unreadable)?,
            placed_at: self.placed_at,
            step: saga.step.as_deref().map(read).transpose()?,
            step_since: saga.since,
            attempts: u32::try_from(saga.attempts).map_err(unreadable)?,
            end_reason: saga.reason.as_deref().map(read_end_reason).transpose()?,
            action: saga.action(),
            hold_expired: saga.hold_expired,
            waited_for_customer: saga.waited_for_customer,
        })
    }
}

impl SagaRow {
    /// Whether a cancellation or a shipment is in progress.
    fn in_progress(&self) -> Result<bool, Error> {
        let step = self.step.as_deref().map(read).transpose()?;
        let end_reason = self.reason.as_deref().map(read_end_reason).transpose()?;
        Ok(is_in_progress(step, end_reason))
    }

    /// Only the authorization has one. A version without these columns leaves them set when it continues
    /// the saga.
    pub(super) fn action(&self) -> Option<NextAction> {
        if self.step.as_deref() != Some(code(Step::Authorize)) {
            return None;
        }
        Some(NextAction {
            redirect_url: self.action_url.clone()?,
            expires_at: self.action_expires_at?,
        })
    }
}

impl SummaryRow {
    pub(super) fn summary(
        self,
        saga: &SagaRow,
        lines: i64,
        units: i64,
    ) -> Result<OrderSummary, Error> {
        Ok(OrderSummary {
            id: self.id.into(),
            number: self.number.map(OrderNumber::stored),
            customer_id: self.customer_id.into(),
            status: read(&self.status)?,
            reason: self.reason,
            line_count: u32::try_from(lines).map_err(unreadable)?,
            units: u32::try_from(units).map_err(unreadable)?,
            total: money(self.total_minor, &self.currency)?,
            in_progress: saga.in_progress()?,
            action_required: saga.action().is_some(),
            placed_at: self.placed_at,
            updated_at: self.updated_at,
        })
    }
}

impl OrderRow {
    pub(super) fn record(
        self,
        saga: &SagaRow,
        lines: Vec<LineRow>,
        refunds: Vec<RefundRecord>,
    ) -> Result<OrderRecord, Error> {
        let currency: Currency = self.currency.parse().map_err(unreadable)?;
        let amount = |minor| Money::new(minor, currency);
        let lines: Result<_, Error> = lines.into_iter().map(|line| line.sold(currency)).collect();
        Ok(OrderRecord {
            id: self.id.into(),
            number: self.number.map(OrderNumber::stored),
            customer_id: self.customer_id.into(),
            status: read(&self.status)?,
            reason: self.reason,
            lines: lines?,
            totals: Totals {
                lines: amount(self.lines_minor),
                discount: amount(self.discount_minor),
                shipping: amount(self.shipping_minor),
                tax: amount(self.tax_minor),
                total: amount(self.total_minor),
            },
            address: Address {
                recipient: self.recipient,
                line1: self.line1,
                line2: self.line2,
                city: self.city,
                region: self.region,
                postal_code: self.postal_code,
                country: self.country,
            },
            discount_code: self.discount_code,
            tracking_number: self.tracking_number,
            refunds,
            placed_at: self.placed_at,
            updated_at: self.updated_at,
            in_progress: saga.in_progress()?,
            next_action: saga.action(),
        })
    }
}

impl LineRow {
    pub(super) fn sold(self, currency: Currency) -> Result<SoldLine, Error> {
        Ok(SoldLine {
            sku: sku(self.sku)?,
            name: self.name,
            quantity: quantity(self.quantity)?,
            unit_price: Money::new(self.unit_price_minor, currency),
        })
    }
}

impl RefundRow {
    pub(super) fn refund(&self) -> Result<Refund, Error> {
        Ok(Refund {
            id: self.id.into(),
            order_id: self.order_id.into(),
            amount: money(self.amount_minor, &self.currency)?,
            status: read(&self.status)?,
            attempts: u32::try_from(self.attempts).map_err(unreadable)?,
        })
    }

    pub(super) fn currency(&self) -> Result<Currency, Error> {
        self.currency.parse().map_err(unreadable)
    }

    pub(super) fn record(self, units: Vec<UnitShare>) -> Result<RefundRecord, Error> {
        Ok(RefundRecord {
            id: self.id.into(),
            amount: money(self.amount_minor, &self.currency)?,
            reason: self.reason,
            status: read(&self.status)?,
            created_at: self.created_at,
            units,
        })
    }
}

pub(super) fn money(minor: i64, currency: &str) -> Result<Money, Error> {
    Ok(Money::new(minor, currency.parse().map_err(unreadable)?))
}

pub(super) fn sku(text: String) -> Result<Sku, Error> {
    Sku::try_from(text).map_err(unreadable)
}

pub(super) fn quantity(units: i32) -> Result<Quantity, Error> {
    let units = u32::try_from(units).map_err(unreadable)?;
    Quantity::new(units).map_err(unreadable)
}

/// A small number as PostgreSQL's `integer` has it.
pub(super) fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
