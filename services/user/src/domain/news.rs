use chrono::{DateTime, Duration, Utc};
use kernel::{Money, OrderId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a customer is told about her order. Kept as it is until the mail is written, so it may grow by
/// variants, and not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum News {
    /// Her bank wants to hear from her.
    #[serde(rename = "action_required")]
    ActionRequired { expires_at: DateTime<Utc> },
    /// It is hers; the amount is held.
    #[serde(rename = "order_confirmed")]
    Confirmed { total: Money },
    /// The checkout did not succeed.
    #[serde(rename = "order_rejected")]
    Rejected { reason: String },
    /// It was called off.
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

impl News {
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

/// News of an order, for its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The id of the message that told them: the same news twice are the same notice.
    pub(crate) id: Uuid,
    pub(crate) customer: UserId,
    pub(crate) order: OrderId,
    pub(crate) news: News,
    pub(crate) happened_at: DateTime<Utc>,
}

impl Notice {
    /// Whether it would only confuse by now: older than `longest`, or what it asks for can not be done
    /// any more.
    pub(crate) fn is_stale(&self, now: DateTime<Utc>, longest: Duration) -> bool {
        let over = match self.news {
            News::ActionRequired { expires_at } => expires_at <= now,
            _ => false,
        };
        over || now - self.happened_at > longest
    }
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    fn notice(news: News) -> Notice {
        Notice {
            id: Uuid::nil(),
            customer: UserId::generate(),
            order: OrderId::generate(),
            news,
            happened_at: DateTime::UNIX_EPOCH,
        }
    }

    fn stale_after(news: News, seconds: i64) -> bool {
        let now = DateTime::UNIX_EPOCH + Duration::seconds(seconds);
        notice(news).is_stale(now, Duration::seconds(100))
    }

    #[test]
    fn old_news_are_stale() {
        assert!(!stale_after(News::Delivered, 100));
        assert!(stale_after(News::Delivered, 101));
        // Clocks differ.
        assert!(!stale_after(News::Delivered, -5));
    }

    #[test]
    fn what_can_not_be_done_any_more_is_not_asked_for() {
        let ask = || News::ActionRequired {
            expires_at: DateTime::UNIX_EPOCH + Duration::seconds(10),
        };
        assert!(!stale_after(ask(), 9));
        assert!(stale_after(ask(), 10));
    }

    #[test]
    fn news_are_stored_under_their_kind_and_read_again() {
        let amount = Money::new(1_299, Currency::EUR);
        let text = "text".to_owned();
        for news in [
            News::ActionRequired {
                expires_at: DateTime::UNIX_EPOCH,
            },
            News::Confirmed { total: amount },
            News::Rejected {
                reason: text.clone(),
            },
            News::Cancelled {
                reason: text.clone(),
            },
            News::Shipped {
                tracking_number: text.clone(),
            },
            News::Delivered,
            News::Refunded { amount },
        ] {
            let stored = serde_json::to_value(&news).unwrap();
            assert_eq!(stored["kind"], news.kind());
            assert_eq!(serde_json::from_value::<News>(stored).unwrap(), news);
        }
    }
}
