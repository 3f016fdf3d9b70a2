//! Orders whose diagrams the tests look at.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::TimelineKind::{self, *};
use uuid::Uuid;

use crate::{
    model::{Money, OrderStatus, Saga, SagaState, TimelineEntry},
    pages::staff::timeline::{
        Input,
        span::{Span, SpanKind},
    },
};

/// An order with all that is known of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) status: OrderStatus,
    pub(super) entries: Vec<TimelineEntry>,
    pub(super) saga: Saga,
    pub(super) decline_code: Option<&'static str>,
    pub(super) spans: Vec<Span>,
    total: Money,
    links: Vec<(&'static str, String)>,
    now: DateTime<Utc>,
}

impl Case {
    pub(super) fn input(&self) -> Input<'_> {
        Input {
            id: Uuid::from_u128(0x0198_c0de_6c1f_7b7e_8d3c_5f3b_1c1d_2e3f),
            status: self.status,
            total: &self.total,
            entries: &self.entries,
            saga: Some(&self.saga),
            missing: None,
            decline_code: self.decline_code,
            spans: &self.spans,
            links: &self.links,
            now: self.now,
        }
    }

    fn waits(mut self, step: &str, attempts: u32, next_us: i64) -> Self {
        self.saga.state = SagaState::InFlight;
        self.saga.step = Some(step.to_owned());
        self.saga.attempts = attempts;
        self.saga.next_attempt_at = Some(at(next_us));
        self
    }
}

/// A moment, in microseconds after the order was placed.
fn at(micros: i64) -> DateTime<Utc> {
    let placed = DateTime::from_timestamp(1_795_960_990, 118_204_000).unwrap();
    placed + TimeDelta::microseconds(micros)
}

type Row = (i64, TimelineKind, &'static str);

/// A case; the page is of 400 ms after the last entry.
fn case(name: &'static str, status: OrderStatus, rows: &[Row]) -> Case {
    let entry = |(position, (micros, kind, message)): (u32, &Row)| TimelineEntry {
        position,
        at: at(*micros),
        service: service(*kind).to_owned(),
        kind: kind.as_str().to_owned(),
        message: (*message).to_owned(),
    };
    let last = rows.last().map_or(0, |(micros, ..)| *micros);
    Case {
        name,
        status,
        entries: (1..).zip(rows).map(entry).collect(),
        saga: Saga {
            order_id: Uuid::nil(),
            order_status: status,
            state: SagaState::Idle,
            step: None,
            attempts: 0,
            reason: None,
            since: None,
            next_attempt_at: None,
            trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
        },
        decline_code: None,
        spans: Vec::new(),
        total: Money {
            minor_units: 3_675,
            currency: "EUR".to_owned(),
        },
        links: vec![
            (
                "Trace",
                "/staff/system/traces/0af7651916cd43dd8448eb211c80319c".to_owned(),
            ),
            ("Saga", "/staff/system/sagas/0198c0de".to_owned()),
            ("Dead letters", "/staff/system/dead-letters".to_owned()),
        ],
        now: at(last + 400_000),
    }
}

fn service(kind: TimelineKind) -> &'static str {
    match kind {
        StockReserved | StockRefused | ReservationCommitted | StockReleased => "catalog",
        PaymentAuthorized
        | PaymentDeclined
        | PaymentActionRequired
        | PaymentVoided
        | PaymentCaptured
        | Refunded => "payment",
        _ => "order",
    }
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

const PLACED: Row = (0, Placed, "Order placed");
const RESERVED: Row = (7_900, StockReserved, "Stock reserved");
const AUTHORIZED: Row = (33_200, PaymentAuthorized, "Payment authorized");
const COMMITTED: Row = (43_100, ReservationCommitted, "Stock committed");
const CONFIRMED: Row = (43_100, Confirmed, "Order confirmed");
const SHIP: i64 = 2 * HOUR + 14 * MINUTE;

fn bought() -> Vec<Row> {
    vec![PLACED, RESERVED, AUTHORIZED, COMMITTED, CONFIRMED]
}

fn shipped() -> Vec<Row> {
    let mut rows = bought();
    rows.extend([
        (
            SHIP,
            ShipmentRequested,
            "Handed to the carrier, payment is being captured",
        ),
        (SHIP + 28_000, PaymentCaptured, "Payment captured"),
        (SHIP + 28_000, Shipped, "Order shipped"),
    ]);
    rows
}

fn span(service: &str, kind: SpanKind, name: &str, start: i64, micros: i64) -> Span {
    Span {
        service: service.to_owned(),
        name: name.to_owned(),
        kind,
        start: at(start),
        duration: TimeDelta::microseconds(micros),
        is_error: false,
    }
}

/// The spans of a checkout that succeeds.
fn spans() -> Vec<Span> {
    use SpanKind::{Client, Consumer, Producer, Server};
    let published = |service, message: &str, start| {
        let exchange = if service == "order" {
            "commands"
        } else {
            "events"
        };
        span(
            service,
            Producer,
            &format!("publish mercantile.{exchange}:{message}"),
            start,
            900,
        )
    };
    let handled = |service: &str, message: &str, queue, start| {
        span(
            service,
            Consumer,
            &format!("process {message}:{queue}"),
            start,
            3_000,
        )
    };
    vec![
        span("gateway", Server, "POST /checkout", -4_100, 11_600),
        published("order", "catalog.reserve.v1", 1_900),
        handled("catalog", "catalog.reserve.v1", "catalog.commands", 3_100),
        published("catalog", "catalog.stock_reserved.v1", 6_200),
        handled("order", "catalog.stock_reserved.v1", "order.replies", 7_400),
        published("order", "payment.authorize.v1", 9_800),
        handled(
            "payment",
            "payment.authorize.v1",
            "payment.commands",
            11_000,
        ),
        span(
            "payment",
            Client,
            "POST /v1/payment_intents",
            14_400,
            13_700,
        ),
        published("payment", "payment.authorized.v1", 31_000),
        handled("order", "payment.authorized.v1", "order.replies", 32_700),
        published("order", "catalog.commit.v1", 35_000),
        handled("catalog", "catalog.commit.v1", "catalog.commands", 36_400),
        published("catalog", "catalog.reservation_committed.v1", 40_000),
        handled(
            "order",
            "catalog.reservation_committed.v1",
            "order.replies",
            42_500,
        ),
        published("order", "order.confirmed.v1", 45_000),
        handled("user", "order.confirmed.v1", "user.notifications", 46_200),
        span("user", Client, "send order_confirmed mail", 58_000, 21_000),
    ]
}

pub(super) fn confirmed() -> Case {
    case("confirmed", OrderStatus::Confirmed, &bought())
}

pub(super) fn traced() -> Case {
    Case {
        spans: spans(),
        name: "traced",
        ..confirmed()
    }
}

pub(super) fn out_of_stock() -> Case {
    case(
        "out-of-stock",
        OrderStatus::Rejected,
        &[
            PLACED,
            (
                6_300,
                StockRefused,
                "Not enough stock: 2 of TEA-10 wanted, 1 left",
            ),
            (6_300, Rejected, "Order rejected: out of stock"),
        ],
    )
}

pub(super) fn declined() -> Case {
    let mut case = case(
        "declined",
        OrderStatus::Rejected,
        &[
            PLACED,
            RESERVED,
            (38_400, PaymentDeclined, "Payment declined: card declined"),
            (49_100, StockReleased, "Stock released"),
            (49_100, Rejected, "Order rejected: payment declined"),
        ],
    );
    case.decline_code = Some("insufficient_funds");
    case
}

pub(super) fn challenged() -> Case {
    let mut case = case(
        "challenged",
        OrderStatus::Pending,
        &[
            PLACED,
            RESERVED,
            (
                31_000,
                PaymentActionRequired,
                "The bank asks the customer to confirm the payment",
            ),
        ],
    )
    .waits("authorize", 1, 10 * MINUTE);
    case.saga.reason = Some("action_required".to_owned());
    case
}

pub(super) fn retried() -> Case {
    case(
        "retried",
        OrderStatus::Pending,
        &[
            PLACED,
            RESERVED,
            (
                10_010_000,
                AskedAgain,
                "No reply from payment to the authorization: requested again, attempt 2",
            ),
        ],
    )
    .waits("authorize", 2, 30_010_000)
}

pub(super) fn given_up() -> Case {
    case(
        "given-up",
        OrderStatus::Rejected,
        &[
            PLACED,
            RESERVED,
            (
                10_010_000,
                AskedAgain,
                "No reply from payment to the authorization: requested again, attempt 2",
            ),
            (
                30_020_000,
                AskedAgain,
                "No reply from payment to the authorization: requested again, attempt 3",
            ),
            (
                70_030_000,
                TimedOut,
                "No reply from payment to the authorization: undoing the order",
            ),
            (70_052_000, PaymentVoided, "Payment voided"),
            (70_061_000, StockReleased, "Stock released"),
            (70_061_000, Rejected, "Order rejected: payment timed out"),
        ],
    )
}

pub(super) fn stuck() -> Case {
    let mut case = case("stuck", OrderStatus::Confirmed, &{
        let mut rows = bought();
        rows.extend([
            (
                SHIP,
                ShipmentRequested,
                "Handed to the carrier, payment is being captured",
            ),
            (
                SHIP + 5_010_000,
                AskedAgain,
                "No reply from payment to the capture: requested again, attempt 2",
            ),
            (
                SHIP + 15_020_000,
                AskedAgain,
                "No reply from payment to the capture: requested again, attempt 3",
            ),
            (
                SHIP + 20_020_000,
                AskedByOperator,
                "An operator requested the capture from payment again",
            ),
        ]);
        rows
    })
    .waits("capture", 4, SHIP + 35_000_000);
    case.saga.state = SagaState::Stuck;
    case
}

pub(super) fn cancelled() -> Case {
    let mut rows = bought();
    rows.extend([
        (
            3 * MINUTE,
            CancelRequested,
            "Cancellation requested by customer",
        ),
        (3 * MINUTE + 19_000, PaymentVoided, "Payment voided"),
        (3 * MINUTE + 27_500, StockReleased, "Stock released"),
        (
            3 * MINUTE + 27_500,
            Cancelled,
            "Order cancelled by customer",
        ),
    ]);
    case("cancelled", OrderStatus::Cancelled, &rows)
}

pub(super) fn refunded() -> Case {
    let day = 26 * HOUR;
    let mut rows = shipped();
    rows.extend([
        (day, Delivered, "Order delivered"),
        (3 * day, ReturnRequested, "Return requested"),
        (3 * day + HOUR, ReturnApproved, "Return approved: 12.99 EUR"),
        (
            3 * day + HOUR,
            RefundRequested,
            "Refund of 12.99 EUR requested",
        ),
        (3 * day + HOUR + 24_000, Refunded, "12.99 EUR refunded"),
    ]);
    case("refunded", OrderStatus::Delivered, &rows)
}

/// Every case.
pub(super) fn all() -> Vec<Case> {
    vec![
        confirmed(),
        traced(),
        out_of_stock(),
        declined(),
        challenged(),
        retried(),
        given_up(),
        stuck(),
        cancelled(),
        refunded(),
    ]
}
