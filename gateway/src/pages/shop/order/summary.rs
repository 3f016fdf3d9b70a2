//! What a customer must know of an order first: where it is, what is next, and what is needed of them.

use contracts::TimelineKind;

use super::words;
use crate::model::{Order, OrderStatus, Payment, TimelineEntry};

/// The state of an order, for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    /// One or two words: `On its way`.
    pub(super) label: &'static str,
    /// The class of the label in style sheets.
    pub(super) class: &'static str,
    /// The class of the headline in style sheets: `problem`, `action` or none.
    pub(super) headline_class: &'static str,
    /// One sentence.
    pub(super) headline: &'static str,
    /// What it means for the customer, and what is next.
    pub(super) details: Vec<String>,
    /// Where the customer can go on.
    pub(super) action: Option<Action>,
}

/// A link that helps on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// Its text.
    pub(super) text: &'static str,
    /// A path of the shop.
    pub(super) path: &'static str,
}

/// The label of a status, and its class in style sheets.
pub(in crate::pages::shop) const fn label(
    status: OrderStatus,
    is_changing: bool,
    action_required: bool,
) -> (&'static str, &'static str) {
    match status {
        OrderStatus::Pending if action_required => ("Waiting for you", "action"),
        OrderStatus::Pending => ("In progress", "pending"),
        OrderStatus::Confirmed if is_changing => ("Being changed", "pending"),
        OrderStatus::Confirmed => ("Confirmed", "confirmed"),
        OrderStatus::Rejected => ("Not completed", "rejected"),
        OrderStatus::Cancelled => ("Canceled", "cancelled"),
        OrderStatus::Shipped => ("On its way", "shipped"),
        OrderStatus::Delivered => ("Delivered", "delivered"),
    }
}

/// The summary of an order. Without payment and timeline it says less.
pub(super) fn of(order: &Order, payment: Option<&Payment>, timeline: &[TimelineEntry]) -> Summary {
    let (label, class) = label(order.status, order.in_progress, order.next_action.is_some());
    let headline_class = match class {
        "rejected" => "problem",
        "action" => "action",
        _ => "",
    };
    let (headline, details, action) = match order.status {
        OrderStatus::Pending => pending(order, timeline),
        OrderStatus::Confirmed => confirmed(order, timeline),
        OrderStatus::Rejected => rejected(order, payment, timeline),
        OrderStatus::Cancelled => cancelled(order),
        OrderStatus::Shipped => shipped(order),
        OrderStatus::Delivered => (
            "Your parcel was delivered.",
            vec![
                "We hope you like it. If something is wrong, you can ask for a return below."
                    .to_owned(),
            ],
            None,
        ),
    };
    Summary {
        label,
        class,
        headline_class,
        headline,
        details,
        action,
    }
}

type Parts = (&'static str, Vec<String>, Option<Action>);

/// The last entry that began to change the course of the order.
fn turn(timeline: &[TimelineEntry]) -> Option<TimelineKind> {
    let kinds = timeline.iter().rev().filter_map(words::kind);
    let mut turns = kinds.filter(|kind| {
        use TimelineKind as Kind;
        matches!(
            kind,
            Kind::CancelRequested
                | Kind::ShipmentRequested
                | Kind::CaptureFailed
                | Kind::StockRefused
                | Kind::PaymentDeclined
                | Kind::PaymentFailed
                | Kind::PaymentAbandoned
                | Kind::AuthorizationExpired
                | Kind::CommitRefused
                | Kind::TimedOut
                | Kind::GivenUpByOperator
        )
    });
    turns.next()
}

fn pending(order: &Order, timeline: &[TimelineEntry]) -> Parts {
    if order.next_action.is_some() {
        let details = vec![
            "Open your bank's page, confirm there, and you come back here. Until then your items stay reserved."
                .to_owned(),
        ];
        return ("Your bank asks you to confirm this payment.", details, None);
    }
    let details = |text: &str| vec![text.to_owned()];
    match turn(timeline) {
        Some(TimelineKind::CancelRequested) => (
            "We are canceling your order.",
            details("This takes a moment. Nothing is charged."),
            None,
        ),
        Some(_) => (
            "This order cannot be completed.",
            details(
                "We undo what was done so far. Nothing is charged, and your items go back into your cart.",
            ),
            None,
        ),
        None => (
            "We are processing your order.",
            details("This usually takes a few seconds. You do not need to do anything."),
            None,
        ),
    }
}

fn confirmed(order: &Order, timeline: &[TimelineEntry]) -> Parts {
    let details = |text: &str| vec![text.to_owned()];
    match turn(timeline).filter(|_| order.in_progress) {
        Some(TimelineKind::CancelRequested | TimelineKind::AuthorizationExpired) => (
            "We are canceling your order.",
            details("This takes a moment. Your bank releases the reserved amount afterward."),
            None,
        ),
        Some(_) => (
            "Your parcel is about to leave.",
            details("The payment is being charged. Then the carrier takes your parcel."),
            None,
        ),
        None => {
            let paid = match order.totals.total.minor_units {
                0 => "There is nothing to pay.",
                _ => "You are charged when we ship it.",
            };
            let next = format!("Next, we pack your parcel. {paid} We send you an e-mail then.");
            ("Thank you. Your order is confirmed.", vec![next], None)
        }
    }
}

fn shipped(order: &Order) -> Parts {
    let mut details = Vec::new();
    if let Some(number) = &order.tracking_number {
        details.push(format!("The carrier's tracking number is {number}."));
    }
    details.push("Next, the carrier delivers it.".to_owned());
    ("Your parcel is on its way.", details, None)
}

fn cancelled(order: &Order) -> Parts {
    let headline = match order.reason.as_deref() {
        Some("by_customer") => "You canceled this order.",
        Some("payment_expired") => {
            "We canceled this order, because your bank's approval of the payment expired before we could ship."
        }
        _ => "We canceled this order.",
    };
    let details = vec![
        "Nothing was charged. If your bank reserved the amount, it releases it within a few days."
            .to_owned(),
    ];
    (headline, details, None)
}

fn rejected(order: &Order, payment: Option<&Payment>, timeline: &[TimelineEntry]) -> Parts {
    const TRY_ANOTHER: Action = Action {
        text: "Try another card",
        path: "/checkout",
    };
    const TRY_AGAIN: Action = Action {
        text: "Try again",
        path: "/checkout",
    };
    const TO_CART: Action = Action {
        text: "Go to your cart",
        path: "/cart",
    };
    let mut details = Vec::new();
    let (headline, action) = match order.reason.as_deref() {
        Some("out_of_stock") => {
            let sold_out = words::sold_out(timeline, &order.lines);
            if !sold_out.is_empty() {
                details.push(format!(
                    "There were not enough units left of: {}.",
                    sold_out.join(", ")
                ));
            }
            (
                "Something in your order sold out just before we could reserve it.",
                TO_CART,
            )
        }
        Some("payment_declined") => {
            let reason = payment.and_then(|payment| payment.decline_reason.as_deref());
            details.push(decline(reason).to_owned());
            ("Your bank declined the payment.", TRY_ANOTHER)
        }
        Some("payment_failed") => {
            details.push("Your card was not declined.".to_owned());
            ("We could not request the payment.", TRY_AGAIN)
        }
        Some("payment_timed_out") => ("The payment took too long, so we stopped.", TRY_AGAIN),
        Some("payment_expired") => ("The payment was not confirmed in time.", TRY_AGAIN),
        Some("reservation_expired") => (
            "Your items could not be held for you any longer.",
            TRY_AGAIN,
        ),
        _ => ("We could not complete this order.", TRY_AGAIN),
    };
    let is_left_out = timeline
        .iter()
        .any(|entry| words::kind(entry) == Some(TimelineKind::CartFull));
    details.push(
        match is_left_out {
            false => "Nothing was charged, and your items are back in your cart.",
            true => "Nothing was charged. Your cart was too full to take all of your items back.",
        }
        .to_owned(),
    );
    (headline, details, Some(action))
}

/// Why a payment was declined, by what buyers may learn about it (`decline_reason` of the payment).
fn decline(reason: Option<&str>) -> &'static str {
    match reason {
        Some("insufficient_funds") => "There is not enough money available on this card.",
        Some("expired_card") => "This card has expired.",
        Some("incorrect_details") => "Some details of the card were not correct.",
        Some("authentication_failed") => "Your bank could not confirm that it was you.",
        Some("try_another_card") => "This card cannot be used for this purchase.",
        Some("try_again") => {
            "Your bank could not process the payment at that moment. The same card may work in a few minutes."
        }
        _ => "Your bank gave no details. It can help you if you ask there.",
    }
}

/// What is still ahead of an order that goes well, by the entries that will say it is done.
pub(super) fn ahead(
    order: &Order,
    timeline: &[TimelineEntry],
) -> Vec<(TimelineKind, &'static str)> {
    use TimelineKind as Kind;
    const STEPS: [(Kind, &str); 5] = [
        (Kind::StockReserved, "We reserve your items"),
        (Kind::PaymentAuthorized, "Your bank approves the payment"),
        (Kind::Confirmed, "We confirm your order"),
        (Kind::Shipped, "We ship your parcel"),
        (Kind::Delivered, "Your parcel arrives"),
    ];
    let is_going_well = match order.status {
        OrderStatus::Pending => turn(timeline).is_none(),
        OrderStatus::Confirmed => {
            !order.in_progress || turn(timeline) == Some(Kind::ShipmentRequested)
        }
        OrderStatus::Shipped => true,
        OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Delivered => false,
    };
    if !is_going_well {
        return Vec::new();
    }
    let first = match order.status {
        OrderStatus::Shipped => 4,
        OrderStatus::Confirmed => 3,
        _ => {
            let done = |step: &(Kind, &str)| {
                timeline
                    .iter()
                    .any(|entry| words::kind(entry) == Some(step.0))
            };
            STEPS.iter().rposition(done).map_or(0, |last| last + 1)
        }
    };
    let is_free = order.totals.total.minor_units == 0;
    let steps = STEPS.into_iter().skip(first);
    steps
        .filter(|(kind, _)| !(is_free && *kind == Kind::PaymentAuthorized))
        .collect()
}

#[cfg(test)]
mod tests;
