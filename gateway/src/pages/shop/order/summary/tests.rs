use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::model::{Money, NextAction, PaymentStatus, PostalAddress, Totals};

fn eur(minor_units: i64) -> Money {
    Money {
        minor_units,
        currency: "EUR".to_owned(),
    }
}

fn order(status: OrderStatus, reason: Option<&str>) -> Order {
    let text = String::new;
    Order {
        id: Uuid::nil(),
        number: Some("K7M4-2Q9X-0".to_owned()),
        customer_id: Uuid::nil(),
        status,
        reason: reason.map(ToOwned::to_owned),
        lines: Vec::new(),
        totals: Totals {
            lines: eur(1_000),
            discount: eur(0),
            shipping: eur(0),
            tax: eur(0),
            total: eur(1_000),
        },
        shipping_address: PostalAddress {
            recipient: text(),
            line1: text(),
            line2: text(),
            city: text(),
            region: text(),
            postal_code: text(),
            country: "DE".to_owned(),
        },
        discount_code: None,
        tracking_number: None,
        refunds: Vec::new(),
        placed_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        in_progress: false,
        next_action: None,
    }
}

fn timeline(kinds: &[TimelineKind]) -> Vec<TimelineEntry> {
    let entry = |(position, kind): (u32, &TimelineKind)| TimelineEntry {
        position,
        at: DateTime::UNIX_EPOCH,
        service: "order".to_owned(),
        kind: kind.as_str().to_owned(),
        message: "by an operator: fraud".to_owned(),
    };
    (1..).zip(kinds).map(entry).collect()
}

fn declined(reason: &str) -> Payment {
    Payment {
        id: Uuid::nil(),
        order_id: Uuid::nil(),
        status: PaymentStatus::Declined,
        amount: eur(1_000),
        refunded: eur(0),
        decline_reason: Some(reason.to_owned()),
        decline_code: Some("stolen_card".to_owned()),
        provider_reference: None,
        created_at: DateTime::UNIX_EPOCH,
        next_action: None,
    }
}

#[test]
fn a_declined_payment_offers_another_card_without_the_code() {
    let order = order(OrderStatus::Rejected, Some("payment_declined"));
    for reason in [
        "insufficient_funds",
        "expired_card",
        "incorrect_details",
        "authentication_failed",
        "try_another_card",
        "try_again",
        "card_declined",
        "of_the_future",
    ] {
        let summary = of(&order, Some(&declined(reason)), &[]);
        assert_eq!(summary.headline, "Your bank declined the payment.");
        let action = summary.action.unwrap();
        assert_eq!(
            (action.text, action.path),
            ("Try another card", "/checkout")
        );
        let text = summary.details.join(" ");
        assert!(text.contains("your items are back in your cart"), "{text}");
        for hidden in ["stolen", "fraud", "operator", "_"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
    let without_payment = of(&order, None, &[]);
    assert_eq!(without_payment.details.len(), 2);
}

#[test]
fn a_rejected_order_says_what_sold_out_and_what_the_cart_could_not_take_back() {
    let mut order = order(OrderStatus::Rejected, Some("out_of_stock"));
    order.lines = vec![crate::model::OrderLine {
        sku: "TEA-1".to_owned(),
        name: "Green tea".to_owned(),
        quantity: 2,
        unit_price: eur(500),
        total: eur(1_000),
    }];
    let mut entries = timeline(&[TimelineKind::StockRefused, TimelineKind::CartFull]);
    entries[0].message = "Not enough stock: 2 of TEA-1 wanted, 1 left".to_owned();
    let summary = of(&order, None, &entries);
    assert_eq!(
        summary.details,
        [
            "There were not enough units left of: Green tea.",
            "Nothing was charged. Your cart was too full to take all of your items back.",
        ]
    );
    assert_eq!(summary.action.unwrap().path, "/cart");
}

#[test]
fn every_reason_of_a_rejection_has_a_headline_of_its_own_or_the_general_one() {
    for reason in [
        "payment_failed",
        "payment_timed_out",
        "stock_timed_out",
        "payment_expired",
        "reservation_expired",
        "compensated",
        "of_the_future",
    ] {
        let order = order(OrderStatus::Rejected, Some(reason));
        let summary = of(&order, None, &[]);
        assert!(!summary.headline.contains('_'), "{}", summary.headline);
        assert_eq!(summary.action.unwrap().path, "/checkout", "{reason}");
    }
}

#[test]
fn a_pending_order_says_what_it_waits_for() {
    use TimelineKind as Kind;
    let mut order = order(OrderStatus::Pending, None);
    let headline = |order: &Order, kinds: &[Kind]| of(order, None, &timeline(kinds)).headline;
    assert_eq!(
        headline(&order, &[Kind::Placed]),
        "We are processing your order."
    );
    assert_eq!(
        headline(&order, &[Kind::Placed, Kind::PaymentDeclined]),
        "This order cannot be completed."
    );
    assert_eq!(
        headline(&order, &[Kind::Placed, Kind::CancelRequested]),
        "We are canceling your order."
    );
    order.next_action = Some(NextAction {
        redirect_url: "https://bank.example/".to_owned(),
        expires_at: None,
    });
    let summary = of(&order, None, &[]);
    assert_eq!(
        summary.headline,
        "Your bank asks you to confirm this payment."
    );
    assert_eq!(summary.label, "Waiting for you");
}

#[test]
fn a_change_in_progress_is_named() {
    use TimelineKind as Kind;
    let mut order = order(OrderStatus::Confirmed, None);
    order.in_progress = true;
    let headline = |kind: Kind| {
        of(
            &order,
            None,
            &timeline(&[Kind::Placed, Kind::Confirmed, kind]),
        )
        .headline
    };
    assert_eq!(
        headline(Kind::CancelRequested),
        "We are canceling your order."
    );
    assert_eq!(
        headline(Kind::ShipmentRequested),
        "Your parcel is about to leave."
    );
}

#[test]
fn what_is_ahead_begins_after_what_is_done() {
    use TimelineKind as Kind;
    let kinds = |order: &Order, done: &[Kind]| -> Vec<_> {
        let steps = ahead(order, &timeline(done)).into_iter();
        steps.map(|(kind, _)| kind).collect()
    };
    let mut order = order(OrderStatus::Pending, None);
    assert_eq!(kinds(&order, &[Kind::Placed]).len(), 5);
    assert_eq!(
        kinds(&order, &[Kind::Placed, Kind::StockReserved]),
        [
            Kind::PaymentAuthorized,
            Kind::Confirmed,
            Kind::Shipped,
            Kind::Delivered
        ]
    );
    assert!(kinds(&order, &[Kind::Placed, Kind::PaymentDeclined]).is_empty());
    order.totals.total = eur(0);
    assert!(!kinds(&order, &[Kind::Placed]).contains(&Kind::PaymentAuthorized));
    order.status = OrderStatus::Confirmed;
    assert_eq!(kinds(&order, &[]), [Kind::Shipped, Kind::Delivered]);
    order.status = OrderStatus::Shipped;
    assert_eq!(kinds(&order, &[]), [Kind::Delivered]);
    order.status = OrderStatus::Cancelled;
    assert!(kinds(&order, &[]).is_empty());
}
