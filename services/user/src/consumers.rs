//! Messages in: news of orders, for their customers.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::messages::{
    Message, OrderActionRequired, OrderCancelled, OrderConfirmed, OrderDelivered, OrderRefunded,
    OrderRejected, OrderShipped,
};
use diesel_async::AsyncPgConnection;
use instruments::user::USER_MAILS;
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};
use tokio::sync::Notify;

use crate::domain::{News, Notice};
use crate::store;

/// The queue `user.notifications`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("user.notifications")
        .bind::<OrderActionRequired>()
        .bind::<OrderConfirmed>()
        .bind::<OrderRejected>()
        .bind::<OrderCancelled>()
        .bind::<OrderShipped>()
        .bind::<OrderDelivered>()
        .bind::<OrderRefunded>()
}

/// Notes what customers are to be told, in the consumer's transaction. The mails go after the commit.
pub(crate) struct Notices {
    /// None when mail is off: then news are forgotten.
    postman: Option<Arc<Notify>>,
    /// The kinds of news in the open transaction that make no mail: counted when it has committed.
    skipped: Mutex<Vec<&'static str>>,
}

impl Notices {
    /// `postman` is woken by what there is to send; none when mail is off.
    pub(crate) fn new(postman: Option<Arc<Notify>>) -> Self {
        Self {
            postman,
            skipped: Mutex::default(),
        }
    }

    fn skipped(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The notice that an event makes.
fn notice(envelope: &Envelope) -> Result<Notice, HandlerError> {
    let told = |customer, order, happened_at, news| Notice {
        id: envelope.id,
        customer,
        order,
        news,
        happened_at,
    };
    Ok(match envelope.message_type.as_str() {
        OrderActionRequired::TYPE => {
            let m: OrderActionRequired = envelope.decode()?;
            let expires_at = m.expires_at;
            let news = News::ActionRequired { expires_at };
            told(m.customer_id, m.order_id, m.at, news)
        }
        OrderConfirmed::TYPE => {
            let m: OrderConfirmed = envelope.decode()?;
            let news = News::Confirmed { total: m.total };
            told(m.customer_id, m.order_id, m.at, news)
        }
        OrderRejected::TYPE => {
            let m: OrderRejected = envelope.decode()?;
            let news = News::Rejected { reason: m.reason };
            told(m.customer_id, m.order_id, m.at, news)
        }
        OrderCancelled::TYPE => {
            let m: OrderCancelled = envelope.decode()?;
            let news = News::Cancelled { reason: m.reason };
            told(m.customer_id, m.order_id, m.at, news)
        }
        OrderShipped::TYPE => {
            let m: OrderShipped = envelope.decode()?;
            let tracking_number = m.tracking_number;
            let news = News::Shipped { tracking_number };
            told(m.customer_id, m.order_id, m.at, news)
        }
        OrderDelivered::TYPE => {
            let m: OrderDelivered = envelope.decode()?;
            told(m.customer_id, m.order_id, m.at, News::Delivered)
        }
        OrderRefunded::TYPE => {
            let m: OrderRefunded = envelope.decode()?;
            let news = News::Refunded { amount: m.amount };
            told(m.customer_id, m.order_id, m.at, news)
        }
        other => return Err(HandlerError::poison(format!("no handler for {other}"))),
    })
}

impl Handler for Notices {
    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let notice = notice(envelope)?;
        if self.postman.is_none() || !store::note(conn, &notice).await? {
            self.skipped().push(notice.news.kind());
        }
        Ok(())
    }

    fn begun(&self) {
        self.skipped().clear();
    }

    fn committed(&self) {
        for kind in mem::take(&mut *self.skipped()) {
            USER_MAILS.of([kind, "skipped"]).inc();
        }
        if let Some(postman) = &self.postman {
            postman.notify_one();
        }
    }
}
