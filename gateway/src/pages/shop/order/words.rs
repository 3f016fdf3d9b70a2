//! What a customer reads about each entry of an order's timeline. The entries' own messages are for engineers and
//! operators; of the reasons in them, nothing is shown.

use chrono::{DateTime, Utc};
use contracts::TimelineKind;

use crate::model::{OrderLine, TimelineEntry};

/// How an entry looks, as the class in style sheets. The words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A step forward.
    Done,
    /// Something takes time, or the customer must act.
    Current,
    /// Something failed.
    Failed,
    /// A step that was undone.
    Undone,
}

impl Tone {
    /// The name in style sheets.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }

    /// The same for those who do not see it.
    pub(super) const fn spoken(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Current => "In progress",
            Self::Failed => "Failed",
            Self::Undone => "Undone",
        }
    }
}

/// The words about a kind of entry: what happened, and what it means for the customer, if that is not clear.
#[rustfmt::skip]
pub(super) const fn words(kind: TimelineKind) -> (Tone, &'static str, &'static str) {
    use TimelineKind as Kind;
    use Tone::{Current, Done, Failed, Undone};
    match kind {
        Kind::Placed => (Done, "We received your order", ""),
        Kind::AskedAgain => (Current, "This takes longer than usual", "We are still working on it."),
        Kind::StockReserved => (Done, "Your items are reserved", ""),
        Kind::StockRefused => (Failed, "Something sold out", "Another customer was faster."),
        Kind::PaymentAuthorized => (Done, "Your bank approved the payment", "You are charged when we ship."),
        Kind::PaymentDeclined => (Failed, "Your bank declined the payment", "Nothing was charged."),
        Kind::PaymentFailed => (
            Failed, "We could not request the payment", "Your card was not declined, and nothing was charged.",
        ),
        Kind::PaymentActionRequired => (Current, "Your bank asked you to confirm the payment", ""),
        Kind::PaymentAbandoned => (Failed, "The payment was not confirmed in time", "We undo the order."),
        Kind::AuthorizationExpired => (Failed, "Your bank's approval of the payment expired", ""),
        Kind::ReservationCommitted => (Done, "Your items are set aside for you", ""),
        Kind::CommitRefused => (Failed, "Your items could not be held any longer", ""),
        Kind::TimedOut => (Failed, "This took too long", "We undo the order."),
        Kind::AskedByOperator | Kind::UndoRefused => (Current, "We are looking into a delay", ""),
        Kind::GivenUpByOperator => (Failed, "We could not complete the order", "We undo it."),
        Kind::PaymentVoided => (
            Undone, "The payment was canceled", "Your bank releases the reserved amount, usually within a few days.",
        ),
        Kind::StockReleased => (Undone, "The reserved items were released", ""),
        Kind::CartFull => (Current, "Your cart was too full to take everything back", ""),
        Kind::CancelRequested => (Undone, "The cancellation has started", ""),
        Kind::ShipmentRequested => (Done, "Your parcel is ready for the carrier", "The payment is being charged."),
        Kind::PaymentCaptured => (Done, "The payment was charged", ""),
        Kind::CaptureFailed => (
            Failed, "The payment could not be charged", "The parcel has not left yet. We are looking into it.",
        ),
        Kind::Confirmed => (Done, "Your order is confirmed", ""),
        Kind::Rejected => (Failed, "The order was not completed", ""),
        Kind::Cancelled => (Undone, "The order is canceled", ""),
        Kind::Shipped => (Done, "Your parcel is on its way", ""),
        Kind::Delivered => (Done, "Your parcel was delivered", ""),
        Kind::RefundRequested => (Current, "We started a refund", ""),
        Kind::Refunded => (Done, "The refund was sent", "It can take a few days to show on your account."),
        Kind::RefundFailed => (Failed, "A refund did not go through", "We are looking into it."),
        Kind::ReturnRequested => (Current, "You asked to return items", ""),
        Kind::ReturnApproved => (Done, "Your return is approved", ""),
        Kind::ReturnRefused => (Failed, "Your return was not accepted", ""),
        Kind::ReturnWithdrawn => (Undone, "You withdrew the return", ""),
    }
}

/// An entry as the page shows it.
pub(super) struct ShownEntry {
    /// How it looks.
    pub(super) tone: Tone,
    /// What happened.
    pub(super) title: &'static str,
    /// What it means; may be empty.
    pub(super) detail: &'static str,
    /// When.
    pub(super) at: DateTime<Utc>,
}

impl ShownEntry {
    /// `None` for a kind of a newer version of `order`.
    pub(super) fn of(entry: &TimelineEntry) -> Option<Self> {
        let (tone, title, detail) = words(kind(entry)?);
        Some(Self {
            tone,
            title,
            detail,
            at: entry.at,
        })
    }
}

/// The kind of an entry, if it is known.
pub(super) fn kind(entry: &TimelineEntry) -> Option<TimelineKind> {
    entry.kind.parse().ok()
}

/// The names of the lines that sold out, by the entry that says which: `2 of TEA-1 wanted, 1 left; …`.
pub(super) fn sold_out<'a>(entries: &[TimelineEntry], lines: &'a [OrderLine]) -> Vec<&'a str> {
    let refused = entries
        .iter()
        .find(|entry| kind(entry) == Some(TimelineKind::StockRefused));
    let message = refused.map_or("", |entry| entry.message.as_str());
    let is_named = |line: &&OrderLine| message.contains(&format!(" of {} wanted", line.sku));
    let named = lines.iter().filter(is_named);
    named.map(|line| line.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Money;

    fn entry(kind: &str, message: &str) -> TimelineEntry {
        TimelineEntry {
            position: 7,
            at: chrono::DateTime::UNIX_EPOCH,
            service: "order".to_owned(),
            kind: kind.to_owned(),
            message: message.to_owned(),
        }
    }

    fn line(sku: &str, name: &str) -> OrderLine {
        let price = || Money {
            minor_units: 100,
            currency: "EUR".to_owned(),
        };
        OrderLine {
            sku: sku.to_owned(),
            name: name.to_owned(),
            quantity: 1,
            unit_price: price(),
            total: price(),
        }
    }

    #[test]
    fn every_kind_has_plain_words() {
        for kind in TimelineKind::ALL {
            let (_, title, detail) = words(*kind);
            assert!(!title.ends_with('.') && title.len() > 10, "{title}");
            assert!(detail.is_empty() || detail.ends_with('.'), "{detail}");
            let text = format!("{title} {detail}").to_lowercase();
            for jargon in [
                "saga", "step", "commit", "void", "capture", "operator", "stock", "intent", "_",
            ] {
                assert!(!text.contains(jargon), "{jargon} in: {text}");
            }
        }
    }

    #[test]
    fn an_entry_of_a_newer_version_is_not_shown() {
        let unknown = entry("of_the_future", "by an operator: fraud");
        assert!(ShownEntry::of(&unknown).is_none());
    }

    #[test]
    fn lines_that_sold_out_are_named() {
        let lines = [
            line("TEA-1", "Tea"),
            line("TEA-10", "Ten teas"),
            line("CUP", "Cup"),
        ];
        let refused = entry(
            "stock_refused",
            "Not enough stock: 2 of TEA-10 wanted, 1 left; 1 of CUP wanted, 0 left",
        );
        assert_eq!(sold_out(&[refused], &lines), ["Ten teas", "Cup"]);
        assert!(sold_out(&[entry("placed", "Order placed")], &lines).is_empty());
        let other = entry("stock_refused", "Not enough stock: released");
        assert!(sold_out(&[other], &lines).is_empty());
    }
}
