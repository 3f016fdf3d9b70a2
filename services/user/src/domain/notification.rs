use chrono::{DateTime, Duration, Utc};
use kernel::{Money, OrderId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happened to an order. Stored as JSON until the e-mail is sent: variants may be added, and none
/// may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum OrderEvent {
    /// 3-D Secure is required.
    #[serde(rename = "action_required")]
    ActionRequired { expires_at: DateTime<Utc> },
    /// The amount is authorized.
    #[serde(rename = "order_confirmed")]
    Confirmed { total: Money },
    /// The checkout did not succeed.
    #[serde(rename = "order_rejected")]
    Rejected { reason: String },
    /// The order was cancelled.
    #[serde(rename = "order_cancelled")]
    Cancelled { reason: String },
    /// Paid and on its way.
    #[serde(rename = "order_shipped")]
    Shipped { tracking_number: String },
    /// It has arrived.
    #[serde(rename = "order_delivered")]
    Delivered,
    /// Money is on its way back.
    #[serde(rename = "order_refunded")]
    Refunded { amount: Money },
}

impl OrderEvent {
    /// The word for it in metrics, logs and the database.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::ActionRequired { .. } => "action_required",
            Self::Confirmed { .. } => "order_confirmed",
            Self::Rejected { .. } => "order_rejected",
            Self::Cancelled { .. } => "order_cancelled",
            Self::Shipped { .. } => "order_shipped",
            Self::Delivered => "order_delivered",
            Self::Refunded { .. } => "order_refunded",
        }
    }
}

/// OrderEvent of an order, for its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The id of the message: the same message twice is the same notification.
    pub(crate) id: Uuid,
    pub(crate) customer: UserId,
    pub(crate) order: OrderId,
    pub(crate) event: OrderEvent,
    pub(crate) happened_at: DateTime<Utc>,
}

impl Notification {
    /// Whether it would only confuse by now: older than `longest`, or what it asks for can not be done
    /// any more.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>, longest: Duration) -> bool {
        let over = match self.event {
            OrderEvent::ActionRequired { expires_at } => expires_at <= now,
            _ => false,
        };
        over || now - self.happened_at > longest
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
            order: OrderId::generate(),
            event,
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
        // Clocks differ.
        assert!(!stale_after(OrderEvent::Delivered, -5));
    }

    #[test]
    fn what_can_not_be_done_any_more_is_not_asked_for() {
        let ask = || OrderEvent::ActionRequired {
            expires_at: DateTime::UNIX_EPOCH + Duration::seconds(10),
        };
        assert!(!stale_after(ask(), 9));
        assert!(stale_after(ask(), 10));
    }

    #[test]
    fn events_are_stored_under_their_kind_and_read_again() {
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
        ] {
            let stored = serde_json::to_value(&event).unwrap();
            assert_eq!(stored["kind"], event.kind());
            assert_eq!(serde_json::from_value::<OrderEvent>(stored).unwrap(), event);
        }
    }
}
