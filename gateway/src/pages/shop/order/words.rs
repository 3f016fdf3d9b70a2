//! What a customer reads about each entry of an order's timeline. The entries' own messages are for engineers and
//! operators; of the reasons in them, nothing is shown.

use contracts::TimelineKind;
use serde::Serialize;

use crate::{
    model::{OrderLine, TimelineEntry},
    pages::format,
};

/// How an entry looks; never the only sign of what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tone {
    /// A step forward.
    Done,
    /// Something takes time, or the customer must act.
    Waiting,
    /// Something failed.
    Failed,
    /// A step that was undone.
    Undone,
}

impl Tone {
    /// The name in style sheets.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }
}

/// The words about a kind of entry.
pub(super) const fn words(kind: TimelineKind) -> (Tone, &'static str) {
    use TimelineKind as Kind;
    match kind {
        Kind::Placed => (Tone::Done, "We received your order."),
        Kind::AskedAgain => (
            Tone::Waiting,
            "This takes longer than usual. We are still working on it.",
        ),
        Kind::StockReserved => (Tone::Done, "Your items are reserved for you."),
        Kind::StockRefused => (
            Tone::Failed,
            "Something in your order sold out in the meantime.",
        ),
        Kind::PaymentAuthorized => (
            Tone::Done,
            "Your bank approved the payment. You are charged when we ship.",
        ),
        Kind::PaymentDeclined => (
            Tone::Failed,
            "Your bank declined the payment. Nothing was charged.",
        ),
        Kind::PaymentFailed => (
            Tone::Failed,
            "We could not request the payment. Your card was not declined, and nothing was charged.",
        ),
        Kind::PaymentActionRequired => {
            (Tone::Waiting, "Your bank asks you to confirm the payment.")
        }
        Kind::PaymentAbandoned => (
            Tone::Failed,
            "The payment was not confirmed in time, so we undo the order.",
        ),
        Kind::AuthorizationExpired => (
            Tone::Failed,
            "Your bank's approval of the payment has expired.",
        ),
        Kind::ReservationCommitted => (Tone::Done, "Your items are set aside for shipping."),
        Kind::CommitRefused => (
            Tone::Failed,
            "Your items could not be held for you any longer.",
        ),
        Kind::TimedOut => (Tone::Failed, "This took too long, so we undo the order."),
        Kind::AskedByOperator | Kind::UndoRefused => {
            (Tone::Waiting, "We are looking into a delay.")
        }
        Kind::GivenUpByOperator => (
            Tone::Failed,
            "We could not complete the order, so we undo it.",
        ),
        Kind::PaymentVoided => (
            Tone::Undone,
            "The payment was canceled. Your bank releases the reserved amount, usually within a few days.",
        ),
        Kind::StockReleased => (Tone::Undone, "The reserved items were released."),
        Kind::CartFull => (
            Tone::Waiting,
            "Your cart was too full to take everything back.",
        ),
        Kind::CancelRequested => (Tone::Undone, "The cancellation has started."),
        Kind::ShipmentRequested => (
            Tone::Done,
            "Your parcel is ready for the carrier, and the payment is being charged.",
        ),
        Kind::PaymentCaptured => (Tone::Done, "The payment was charged."),
        Kind::CaptureFailed => (
            Tone::Failed,
            "The payment could not be charged, so the parcel has not left yet. We are looking into it.",
        ),
        Kind::Confirmed => (Tone::Done, "Your order is confirmed."),
        Kind::Rejected => (Tone::Failed, "The order was not completed."),
        Kind::Cancelled => (Tone::Undone, "The order is canceled."),
        Kind::Shipped => (Tone::Done, "Your parcel is on its way."),
        Kind::Delivered => (Tone::Done, "Your parcel was delivered."),
        Kind::RefundRequested => (Tone::Waiting, "We have started a refund."),
        Kind::Refunded => (
            Tone::Done,
            "The refund was sent. It can take a few days to show on your account.",
        ),
        Kind::RefundFailed => (
            Tone::Failed,
            "A refund did not go through. We are looking into it.",
        ),
        Kind::ReturnRequested => (Tone::Waiting, "You asked to return items."),
        Kind::ReturnApproved => (Tone::Done, "Your return is approved."),
        Kind::ReturnRefused => (Tone::Failed, "Your return was not accepted."),
        Kind::ReturnWithdrawn => (Tone::Undone, "You withdrew the return."),
    }
}

/// Whether an entry changes more of the page than its timeline: what the customer can do, or its other parts.
const fn changes_page(kind: TimelineKind) -> bool {
    use TimelineKind as Kind;
    matches!(
        kind,
        Kind::PaymentActionRequired
            | Kind::CancelRequested
            | Kind::Confirmed
            | Kind::Rejected
            | Kind::Cancelled
            | Kind::Shipped
            | Kind::Delivered
            | Kind::RefundRequested
            | Kind::Refunded
            | Kind::RefundFailed
            | Kind::ReturnRequested
            | Kind::ReturnApproved
            | Kind::ReturnRefused
            | Kind::ReturnWithdrawn
    )
}

/// An entry as a page shows it, and as the stream of a page sends it.
#[derive(Debug, Serialize)]
pub(super) struct ShownEntry {
    /// Its place in the timeline.
    pub(super) position: u32,
    /// What happened, for scripts.
    pub(super) kind: &'static str,
    /// How it looks.
    pub(super) tone: Tone,
    /// What happened, for people.
    pub(super) text: &'static str,
    /// When, for machines.
    pub(super) at: String,
    /// When, for people.
    pub(super) time: String,
    /// Whether the page must be loaded again to show all that changed.
    pub(super) changes_page: bool,
}

impl ShownEntry {
    /// `None` for a kind of a newer version of `order`.
    pub(super) fn of(entry: &TimelineEntry) -> Option<Self> {
        let kind = kind(entry)?;
        let (tone, text) = words(kind);
        Some(Self {
            position: entry.position,
            kind: kind.as_str(),
            tone,
            text,
            at: format::machine_time(entry.at),
            time: format::time(entry.at),
            changes_page: changes_page(kind),
        })
    }
}

/// The kind of an entry, if it is known.
pub(super) fn kind(entry: &TimelineEntry) -> Option<TimelineKind> {
    entry.kind.parse().ok()
}

/// An entry as an event of a page's stream. An unknown entry is sent without data, so that the client continues after it.
pub(super) fn event(entry: &TimelineEntry) -> String {
    let position = entry.position;
    let shown = ShownEntry::of(entry).and_then(|shown| serde_json::to_string(&shown).ok());
    match shown {
        Some(json) => format!("id: {position}\nevent: entry\ndata: {json}\n\n"),
        None => format!("id: {position}\n\n"),
    }
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
    fn every_kind_has_a_plain_sentence() {
        for kind in TimelineKind::ALL {
            let (_, text) = words(*kind);
            assert!(text.ends_with('.') && text.len() > 10, "{text}");
            for jargon in [
                "saga", "step", "commit", "void", "capture", "operator", "stock", "intent", "_",
            ] {
                assert!(!text.to_lowercase().contains(jargon), "{jargon} in: {text}");
            }
        }
    }

    #[test]
    fn nothing_of_the_message_of_an_entry_is_sent() {
        let declined = entry("payment_declined", "Payment declined: do not honor");
        let event = event(&declined);
        assert_eq!(
            event,
            "id: 7\nevent: entry\ndata: {\"position\":7,\"kind\":\"payment_declined\",\"tone\":\"failed\",\
             \"text\":\"Your bank declined the payment. Nothing was charged.\",\
             \"at\":\"1970-01-01T00:00:00Z\",\"time\":\"1 January 1970, 00:00 UTC\",\"changes_page\":false}\n\n"
        );
    }

    #[test]
    fn an_entry_of_a_newer_version_is_not_shown() {
        let unknown = entry("of_the_future", "by an operator: fraud");
        assert!(ShownEntry::of(&unknown).is_none());
        assert_eq!(event(&unknown), "id: 7\n\n");
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
