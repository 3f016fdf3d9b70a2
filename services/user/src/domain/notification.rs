use chrono::{DateTime, Duration, Utc};
use kernel::{Money, OrderId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::AccountEvent;

/// An event of an order. Stored as JSON until the e-mail is sent: variants may be added, but not
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum OrderEvent {
    /// 3-D Secure is required.
    #[serde(rename = "action_required")]
    ActionRequired { expires_at: DateTime<Utc> },
    /// The order is confirmed.
    #[serde(rename = "order_confirmed")]
    Confirmed { total: Money },
    /// The checkout failed.
    #[serde(rename = "order_rejected")]
    Rejected { reason: String },
    /// The order was canceled.
    #[serde(rename = "order_cancelled")]
    Cancelled { reason: String },
    /// The payment was captured and the order shipped.
    #[serde(rename = "order_shipped")]
    Shipped { tracking_number: String },
    /// The order was delivered.
    #[serde(rename = "order_delivered")]
    Delivered,
    /// An amount was refunded.
    #[serde(rename = "order_refunded")]
    Refunded { amount: Money },
    /// The customer asked for a return.
    #[serde(rename = "return_requested")]
    ReturnRequested,
    /// The return was accepted, and the amount granted.
    #[serde(rename = "return_approved")]
    ReturnApproved { amount: Money },
    /// The return was not accepted.
    #[serde(rename = "return_refused")]
    ReturnRefused,
}

impl OrderEvent {
    /// Its name in logs, metrics and the database.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::ActionRequired { .. } => "action_required",
            Self::Confirmed { .. } => "order_confirmed",
            Self::Rejected { .. } => "order_rejected",
            Self::Cancelled { .. } => "order_cancelled",
            Self::Shipped { .. } => "order_shipped",
            Self::Delivered => "order_delivered",
            Self::Refunded { .. } => "order_refunded",
            Self::ReturnRequested => "return_requested",
            Self::ReturnApproved { .. } => "return_approved",
            Self::ReturnRefused => "return_refused",
        }
    }
}

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// An order of the customer.
    Order(OrderId, OrderEvent),
    /// Their account.
    Account(AccountEvent),
}

impl About {
    /// Its name in logs, metrics and the database.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Order(_, event) => event.kind(),
            Self::Account(event) => event.kind(),
        }
    }

    /// The id of the order or the account.
    pub(crate) fn subject(&self, customer: UserId) -> Uuid {
        match self {
            Self::Order(order, _) => order.as_uuid(),
            Self::Account(_) => customer.as_uuid(),
        }
    }
}

/// A notification of a customer about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The id of the message, which makes a redelivery idempotent; a new one for an event of an account.
    pub(crate) id: Uuid,
    pub(crate) customer: UserId,
    pub(crate) about: About,
    pub(crate) happened_at: DateTime<Utc>,
}

impl Notification {
    /// Whether it must not be sent any more: it is older than `longest`, or its challenge or its link has expired.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>, longest: Duration) -> bool {
        let age = now - self.happened_at;
        let over = match self.about {
            About::Order(_, OrderEvent::ActionRequired { expires_at }) => expires_at <= now,
            About::Order(..) => false,
            About::Account(event) => event.lifetime().is_some_and(|lifetime| age >= lifetime),
        };
        over || age > longest
    }
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    fn notification(event: OrderEvent) -> Notification {
        Notification {
            id: Uuid::nil(),
            customer: UserId::generate(),
            about: About::Order(OrderId::generate(), event),
            happened_at: DateTime::UNIX_EPOCH,
        }
    }

    fn stale_after(event: OrderEvent, seconds: i64) -> bool {
        let now = DateTime::UNIX_EPOCH + Duration::seconds(seconds);
        notification(event).is_stale(now, Duration::seconds(100))
    }

    #[test]
    fn old_notifications_are_stale() {
        assert!(!stale_after(OrderEvent::Delivered, 100));
        assert!(stale_after(OrderEvent::Delivered, 101));
        // The clock of the other process may be ahead.
        assert!(!stale_after(OrderEvent::Delivered, -5));
    }

    #[test]
    fn an_expired_challenge_is_stale() {
        let challenge = || OrderEvent::ActionRequired {
            expires_at: DateTime::UNIX_EPOCH + Duration::seconds(10),
        };
        assert!(!stale_after(challenge(), 9));
        assert!(stale_after(challenge(), 10));
    }

    #[test]
    fn stored_events_round_trip_with_their_kind() {
        let amount = Money::new(1_299, Currency::EUR);
        let text = "text".to_owned();
        for event in [
            OrderEvent::ActionRequired {
                expires_at: DateTime::UNIX_EPOCH,
            },
            OrderEvent::Confirmed { total: amount },
            OrderEvent::Rejected {
                reason: text.clone(),
            },
            OrderEvent::Cancelled {
                reason: text.clone(),
            },
            OrderEvent::Shipped {
                tracking_number: text.clone(),
            },
            OrderEvent::Delivered,
            OrderEvent::Refunded { amount },
            OrderEvent::ReturnRequested,
            OrderEvent::ReturnApproved { amount },
            OrderEvent::ReturnRefused,
        ] {
            let stored = serde_json::to_value(&event).unwrap();
            assert_eq!(stored["kind"], event.kind());
            assert_eq!(serde_json::from_value::<OrderEvent>(stored).unwrap(), event);
        }
    }
}
