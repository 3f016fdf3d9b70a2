//! Messages in: what catalog and payment answer, and what payment says without being asked.

use std::sync::{Arc, Mutex, PoisonError};

use contracts::messages::{
    AuthorizationExpired, CaptureFailed, CommitRefusal, CommitRefused, Message,
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed, ReservationCommitted, StockRefusal, StockRefused, StockReleased,
    StockReserved,
};
use diesel_async::AsyncPgConnection;
use instruments::order::ORDER_REFUNDS;
use kernel::{OrderId, RefundId};
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};

use crate::domain::order::Answer;
use crate::failure::Failure;
use crate::saga::Step;
use crate::shop::{Shop, counters};
use crate::store::{About, Change, Reply, Says};

/// The queue `order.replies`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("order.replies")
        .bind::<StockReserved>()
        .bind::<StockRefused>()
        .bind::<StockReleased>()
        .bind::<ReservationCommitted>()
        .bind::<CommitRefused>()
        .bind::<PaymentAuthorized>()
        .bind::<PaymentDeclined>()
        .bind::<PaymentVoided>()
        .bind::<PaymentCaptured>()
        .bind::<CaptureFailed>()
        .bind::<PaymentRefunded>()
        .bind::<RefundFailed>()
        .bind::<PaymentActionRequired>()
        .bind::<AuthorizationExpired>()
}

/// Lets answers take effect.
pub(crate) struct Replies {
    shop: Arc<Shop>,
    /// What the open transaction changes: counted when it has committed.
    changes: Mutex<Vec<Change>>,
    refunds: Mutex<Vec<&'static str>>,
}

impl Replies {
    pub(crate) fn new(shop: Arc<Shop>) -> Self {
        Self {
            shop,
            changes: Mutex::default(),
            refunds: Mutex::default(),
        }
    }

    fn take_refunds(&self) -> Vec<&'static str> {
        let mut refunds = self.refunds.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut refunds)
    }

    fn take_changes(&self) -> Vec<Change> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut changes)
    }
}

impl Handler for Replies {
    async fn prepare(
        &self,
        conn: &mut AsyncPgConnection,
        envelopes: &[Envelope],
    ) -> Result<(), HandlerError> {
        // Every answer has its order as subject. One that has not is locked when its turn comes.
        let subjects = envelopes.iter().map(|envelope| envelope.subject.parse());
        let orders: Vec<OrderId> = subjects.filter_map(Result::ok).collect();
        self.shop.lock(conn, &orders).await.map_err(handler_error)
    }

    fn begun(&self) {
        self.take_changes();
        self.take_refunds();
    }

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        match read(envelope)? {
            Some(Heard::Reply(reply)) => {
                let change = self.shop.reply(conn, reply).await.map_err(handler_error)?;
                let change = change.ok_or_else(|| {
                    HandlerError::poison("an answer about an order that does not exist")
                })?;
                let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
                changes.push(change);
            }
            Some(Heard::Refund { id, failure }) => {
                let done = self.shop.refund_answered(conn, id, failure.as_deref());
                if done.await.map_err(handler_error)? {
                    let outcome = failure.map_or("succeeded", |_| "failed");
                    let mut refunds = self.refunds.lock().unwrap_or_else(PoisonError::into_inner);
                    refunds.push(outcome);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn committed(&self) {
        let now = self.shop.clock.now();
        for change in self.take_changes() {
            counters::count(&change.order, &change.events, now);
        }
        for outcome in self.take_refunds() {
            ORDER_REFUNDS.of([outcome]).inc();
        }
    }
}

enum Heard {
    Reply(Reply),
    Refund {
        id: RefundId,
        failure: Option<String>,
    },
}

/// None for an answer that is known to change nothing.
fn read(envelope: &Envelope) -> Result<Option<Heard>, HandlerError> {
    use Step::{Authorize, Capture, Commit, Release, Reserve, Void};
    let yes = |step| Says::Answer(step, Answer::Yes);
    let no = |step, why| Says::Answer(step, Answer::No(why));
    let (order_id, about, says) = match envelope.message_type.as_str() {
        StockReserved::TYPE => {
            let m: StockReserved = envelope.decode()?;
            let about = About::Reservation(m.reservation_id);
            (m.order_id, about, yes(Reserve))
        }
        StockRefused::TYPE => {
            let m: StockRefused = envelope.decode()?;
            // It was released first, so it is being undone already.
            if m.refusal == StockRefusal::Released {
                return Ok(None);
            }
            let about = About::Reservation(m.reservation_id);
            (m.order_id, about, no(Reserve, shortages(&m)))
        }
        StockReleased::TYPE => {
            let m: StockReleased = envelope.decode()?;
            let about = About::Reservation(m.reservation_id);
            (m.order_id, about, yes(Release))
        }
        ReservationCommitted::TYPE => {
            let m: ReservationCommitted = envelope.decode()?;
            let about = About::Reservation(m.reservation_id);
            (m.order_id, about, yes(Commit))
        }
        CommitRefused::TYPE => {
            let m: CommitRefused = envelope.decode()?;
            let why = match m.refusal {
                CommitRefusal::Expired => "the reservation has expired",
                CommitRefusal::NotHeld => "nothing was reserved",
            };
            let about = About::Reservation(m.reservation_id);
            (m.order_id, about, no(Commit, why.to_owned()))
        }
        PaymentActionRequired::TYPE => {
            let m: PaymentActionRequired = envelope.decode()?;
            let redirect_url = browsable(m.redirect_url)?;
            let says = Says::ActionRequired { redirect_url };
            (m.order_id, About::Payment(m.payment_id), says)
        }
        PaymentAuthorized::TYPE => {
            let m: PaymentAuthorized = envelope.decode()?;
            (m.order_id, About::Payment(m.payment_id), yes(Authorize))
        }
        PaymentDeclined::TYPE => {
            let m: PaymentDeclined = envelope.decode()?;
            let about = About::Payment(m.payment_id);
            (m.order_id, about, no(Authorize, m.code))
        }
        AuthorizationExpired::TYPE => {
            let m: AuthorizationExpired = envelope.decode()?;
            let about = About::Payment(m.payment_id);
            (m.order_id, about, Says::HoldExpired)
        }
        PaymentVoided::TYPE => {
            let m: PaymentVoided = envelope.decode()?;
            (m.order_id, About::Payment(m.payment_id), yes(Void))
        }
        PaymentCaptured::TYPE => {
            let m: PaymentCaptured = envelope.decode()?;
            (m.order_id, About::Payment(m.payment_id), yes(Capture))
        }
        CaptureFailed::TYPE => {
            let m: CaptureFailed = envelope.decode()?;
            let about = About::Shipment(m.payment_id, m.shipment);
            (m.order_id, about, no(Capture, m.code))
        }
        PaymentRefunded::TYPE => {
            let m: PaymentRefunded = envelope.decode()?;
            return Ok(Some(Heard::Refund {
                id: m.refund_id,
                failure: None,
            }));
        }
        _ => {
            let m: RefundFailed = envelope.decode()?;
            return Ok(Some(Heard::Refund {
                id: m.refund_id,
                failure: Some(m.code),
            }));
        }
    };
    Ok(Some(Heard::Reply(Reply {
        order_id,
        about,
        says,
    })))
}

/// A place that a customer's browser may be sent to: the provider's, never a script.
fn browsable(url: String) -> Result<String, HandlerError> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    match is_web && url.len() <= 2_048 && url.bytes().all(|b| b.is_ascii_graphic()) {
        true => Ok(url),
        false => Err(HandlerError::poison("not a URL to send a browser to")),
    }
}

/// The lines that fell short, for the timeline.
fn shortages(refused: &StockRefused) -> String {
    let each = refused.shortages.iter().map(|shortage| {
        format!(
            "{} of {} wanted, {} left",
            shortage.requested, shortage.sku, shortage.available
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

/// A stored value that can not be read will not get better; everything else may.
fn handler_error(failure: Failure) -> HandlerError {
    match failure {
        Failure::Database(error) => error.into(),
        other => HandlerError::poison(other),
    }
}
