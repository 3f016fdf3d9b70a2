//! A sample of every message, with fixed ids and times.

use chrono::{DateTime, Utc};
use contracts::messages::*;
use kernel::{
    Currency, Money, OrderId, PaymentId, ProductId, Quantity, RefundId, ReservationId, ReturnId,
    UserId,
};
use serde_json::Value;
use uuid::Uuid;

/// A sample, with operations on its type.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    /// Its JSON, formatted.
    pub(crate) json: String,
    /// Deserializes JSON as this type and serializes it again.
    pub(crate) reread: fn(Value) -> serde_json::Result<Value>,
}

fn sample<M: Message>(message: &M) -> Sample {
    Sample {
        name: M::TYPE,
        json: serde_json::to_string_pretty(message).unwrap() + "\n",
        reread: |value| serde_json::from_value::<M>(value).and_then(serde_json::to_value),
    }
}

/// UUIDv7s with the same time; they differ in `last`.
fn uuid(last: u8) -> Uuid {
    Uuid::from_u128(0x019a_b000_0000_7000_8000_0000_0000_0000 + u128::from(last))
}

fn order_id() -> OrderId {
    uuid(1).into()
}

fn return_id() -> ReturnId {
    uuid(9).into()
}

fn customer_id() -> UserId {
    uuid(2).into()
}

fn reservation_id() -> ReservationId {
    uuid(3).into()
}

fn payment_id() -> PaymentId {
    uuid(4).into()
}

fn refund_id() -> RefundId {
    uuid(5).into()
}

fn product_id() -> ProductId {
    uuid(6).into()
}

fn at() -> DateTime<Utc> {
    "2026-11-22T12:34:56.123456Z".parse().unwrap()
}

fn money(minor_units: i64) -> Money {
    Money::new(minor_units, "EUR".parse::<Currency>().unwrap())
}

fn lines() -> Vec<StockLine> {
    [("COFFEE-YIRGACHEFFE-250", 2), ("MUG-STONEWARE-BLUE", 1)]
        .map(|(sku, units)| StockLine {
            sku: sku.parse().unwrap(),
            quantity: Quantity::new(units).unwrap(),
        })
        .into()
}

/// One sample per message type.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = stock();
    samples.extend(payment_commands());
    samples.extend(payment_events());
    samples.extend(orders());
    samples
}

fn stock() -> Vec<Sample> {
    let (order_id, reservation_id, expires_at) = (order_id(), reservation_id(), at());
    vec![
        sample(&ReserveStock {
            order_id,
            reservation_id,
            lines: lines(),
            expires_at,
        }),
        sample(&ReleaseStock {
            order_id,
            reservation_id,
        }),
        sample(&CommitReservation {
            order_id,
            reservation_id,
        }),
        sample(&StockReserved {
            order_id,
            reservation_id,
            expires_at,
        }),
        sample(&StockRefused {
            order_id,
            reservation_id,
            refusal: StockRefusal::OutOfStock,
            shortages: vec![Shortage {
                sku: "MUG-STONEWARE-BLUE".parse().unwrap(),
                requested: Quantity::new(1).unwrap(),
                available: 0,
            }],
        }),
        sample(&StockReleased {
            order_id,
            reservation_id,
        }),
        sample(&ReservationCommitted {
            order_id,
            reservation_id,
        }),
        sample(&CommitRefused {
            order_id,
            reservation_id,
            refusal: CommitRefusal::Expired,
        }),
        sample(&ProductChanged {
            product_id: product_id(),
            sku: "MUG-STONEWARE-BLUE".parse().unwrap(),
            slug: "stoneware-mug-blue".to_owned(),
            previous_slug: Some("blue-mug".to_owned()),
            version: 7,
        }),
    ]
}

fn payment_commands() -> Vec<Sample> {
    let (order_id, payment_id) = (order_id(), payment_id());
    vec![
        sample(&AuthorizePayment {
            order_id,
            payment_id,
            customer_id: customer_id(),
            amount: money(4_597),
            payment_method: "pm_card_visa".to_owned(),
        }),
        sample(&VoidPayment {
            order_id,
            payment_id,
        }),
        sample(&CapturePayment {
            order_id,
            payment_id,
            shipment: 1,
        }),
        sample(&RefundPayment {
            order_id,
            payment_id,
            refund_id: refund_id(),
            amount: money(1_299),
        }),
    ]
}

fn payment_events() -> Vec<Sample> {
    let (order_id, payment_id) = (order_id(), payment_id());
    let refund_id = refund_id();
    let amount = money(4_597);
    vec![
        sample(&PaymentAuthorized {
            order_id,
            payment_id,
            amount,
        }),
        sample(&PaymentActionRequired {
            order_id,
            payment_id,
            redirect_url: "https://hooks.stripe.com/redirect/authenticate/src_1".into(),
        }),
        sample(&AuthorizationExpired {
            order_id,
            payment_id,
        }),
        sample(&PaymentDeclined {
            order_id,
            payment_id,
            code: "card_declined".to_owned(),
            request_rejected: false,
            card_fingerprint: Some("Xt5EWLLDS7FJjR1c".to_owned()),
        }),
        sample(&PaymentVoided {
            order_id,
            payment_id,
        }),
        sample(&PaymentCaptured {
            order_id,
            payment_id,
            amount,
        }),
        sample(&CaptureFailed {
            order_id,
            payment_id,
            code: "expired_card".to_owned(),
            shipment: 1,
        }),
        sample(&PaymentRefunded {
            order_id,
            payment_id,
            refund_id,
            amount: money(1_299),
        }),
        sample(&RefundFailed {
            order_id,
            payment_id,
            refund_id,
            code: "charge_disputed".to_owned(),
        }),
    ]
}

fn orders() -> Vec<Sample> {
    let (order_id, customer_id, at) = (order_id(), customer_id(), at());
    let total = money(4_597);
    vec![
        sample(&OrderPlaced {
            order_id,
            customer_id,
            at,
            total,
            lines: lines(),
        }),
        sample(&OrderActionRequired {
            order_id,
            customer_id,
            at,
            expires_at: at,
        }),
        sample(&OrderConfirmed {
            order_id,
            customer_id,
            at,
            total,
        }),
        sample(&OrderRejected {
            order_id,
            customer_id,
            at,
            reason: "out_of_stock".to_owned(),
        }),
        sample(&OrderCancelled {
            order_id,
            customer_id,
            at,
            reason: "by_customer".to_owned(),
        }),
        sample(&OrderShipped {
            order_id,
            customer_id,
            at,
            tracking_number: "00340434161094021501".to_owned(),
        }),
        sample(&OrderDelivered {
            order_id,
            customer_id,
            at,
        }),
        sample(&OrderRefunded {
            order_id,
            customer_id,
            at,
            refund_id: refund_id(),
            amount: money(1_299),
        }),
        sample(&OrderReturnRequested {
            order_id,
            customer_id,
            at,
            return_id: return_id(),
        }),
        sample(&OrderReturnApproved {
            order_id,
            customer_id,
            at,
            return_id: return_id(),
            amount: money(1_299),
        }),
        sample(&OrderReturnRefused {
            order_id,
            customer_id,
            at,
            return_id: return_id(),
        }),
    ]
}
