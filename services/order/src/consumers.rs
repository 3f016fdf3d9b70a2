//! Messages in: what catalog and payment answer, and what payment reports without being asked.

use std::sync::Arc;

use contracts::messages::{
    AuthorizationExpired, CaptureFailed, CommitRefusal, CommitRefused, Message,
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed, ReservationCommitted, StockRefusal, StockRefused, StockReleased,
    StockReserved,
};
use diesel_async::AsyncPgConnection;
use kernel::{OrderId, RefundId};
use messaging::{Envelope, Queue};
use outbox::{BatchError, Handler, HandlerError};
use tracing::Instrument;

use crate::app::{App, counters};
use crate::domain::StepResult;
use crate::failure::Failure;
use crate::metrics::ORDER_REFUNDS;
use crate::saga::Step;
use crate::store::{Change, Reference, Reply, Report};

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
    app: Arc<App>,
}

/// What a batch of answers changes.
#[derive(Default)]
pub(crate) struct Effects {
    changes: Vec<Change>,
    refunds: Vec<&'static str>,
}

impl Replies {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    async fn apply(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
        effects: &mut Effects,
    ) -> Result<(), HandlerError> {
        match read(envelope)? {
            Some(Incoming::Reply(reply)) => {
                let change = self.app.reply(conn, reply).await.map_err(handler_error)?;
                let change = change.ok_or_else(|| {
                    HandlerError::poison("an answer about an order that does not exist")
                })?;
                effects.changes.push(change);
            }
            Some(Incoming::Refund { id, failure }) => {
                let done = self.app.refund_answered(conn, id, failure.as_deref());
                if done.await.map_err(handler_error)? {
                    let outcome = failure.map_or("succeeded", |_| "failed");
                    effects.refunds.push(outcome);
                }
            }
            None => {}
        }
        Ok(())
    }
}

impl Handler for Replies {
    type Effects = Effects;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[outbox::Incoming],
    ) -> Result<Effects, BatchError> {
        if messages.len() > 1 {
            // Every answer has its order as subject. One that has not is locked when its turn comes.
            let subjects = messages.iter().map(|message| message.subject.parse());
            let orders: Vec<OrderId> = subjects.filter_map(Result::ok).collect();
            let locked = self.app.lock(conn, &orders).await;
            locked.map_err(handler_error)?;
        }
        let mut effects = Effects::default();
        for message in messages {
            let applied = self.apply(conn, message, &mut effects);
            applied.instrument(message.span().clone()).await?;
        }
        Ok(effects)
    }

    fn committed(&self, effects: Effects) {
        let now = self.app.clock.now();
        for change in effects.changes {
            counters::count(&change.order, &change.events, now);
        }
        for outcome in effects.refunds {
            ORDER_REFUNDS.of(outcome).inc();
        }
    }
}

enum Incoming {
    Reply(Reply),
    Refund {
        id: RefundId,
        failure: Option<String>,
    },
}

/// None for an answer that is known to change nothing.
fn read(envelope: &Envelope) -> Result<Option<Incoming>, HandlerError> {
    use Step::{Authorize, Capture, Commit, Release, Reserve, Void};
    let done = |step| Report::Step(step, StepResult::Done);
    let refused = |step, reason| Report::Step(step, StepResult::Refused(reason));
    let (order_id, reference, report) = match envelope.message_type.as_str() {
        StockReserved::TYPE => {
            let m: StockReserved = envelope.decode()?;
            let reference = Reference::Reservation(m.reservation_id);
            (m.order_id, reference, done(Reserve))
        }
        StockRefused::TYPE => {
            let m: StockRefused = envelope.decode()?;
            // It was released first, so it is being undone already.
            if m.refusal == StockRefusal::Released {
                return Ok(None);
            }
            let reference = Reference::Reservation(m.reservation_id);
            (m.order_id, reference, refused(Reserve, shortages(&m)))
        }
        StockReleased::TYPE => {
            let m: StockReleased = envelope.decode()?;
            let reference = Reference::Reservation(m.reservation_id);
            (m.order_id, reference, done(Release))
        }
        ReservationCommitted::TYPE => {
            let m: ReservationCommitted = envelope.decode()?;
            let reference = Reference::Reservation(m.reservation_id);
            (m.order_id, reference, done(Commit))
        }
        CommitRefused::TYPE => {
            let m: CommitRefused = envelope.decode()?;
            let reason = match m.refusal {
                CommitRefusal::Expired => "the reservation has expired",
                CommitRefusal::NotHeld => "nothing was reserved",
            };
            let reference = Reference::Reservation(m.reservation_id);
            (m.order_id, reference, refused(Commit, reason.to_owned()))
        }
        PaymentActionRequired::TYPE => {
            let m: PaymentActionRequired = envelope.decode()?;
            let redirect_url = browsable(m.redirect_url)?;
            let report = Report::ActionRequired { redirect_url };
            (m.order_id, Reference::Payment(m.payment_id), report)
        }
        PaymentAuthorized::TYPE => {
            let m: PaymentAuthorized = envelope.decode()?;
            (
                m.order_id,
                Reference::Payment(m.payment_id),
                done(Authorize),
            )
        }
        PaymentDeclined::TYPE => {
            let m: PaymentDeclined = envelope.decode()?;
            let reference = Reference::Payment(m.payment_id);
            (m.order_id, reference, refused(Authorize, m.code))
        }
        AuthorizationExpired::TYPE => {
            let m: AuthorizationExpired = envelope.decode()?;
            let reference = Reference::Payment(m.payment_id);
            (m.order_id, reference, Report::AuthorizationExpired)
        }
        PaymentVoided::TYPE => {
            let m: PaymentVoided = envelope.decode()?;
            (m.order_id, Reference::Payment(m.payment_id), done(Void))
        }
        PaymentCaptured::TYPE => {
            let m: PaymentCaptured = envelope.decode()?;
            (m.order_id, Reference::Payment(m.payment_id), done(Capture))
        }
        CaptureFailed::TYPE => {
            let m: CaptureFailed = envelope.decode()?;
            let reference = Reference::Shipment(m.payment_id, m.shipment);
            (m.order_id, reference, refused(Capture, m.code))
        }
        PaymentRefunded::TYPE => {
            let m: PaymentRefunded = envelope.decode()?;
            return Ok(Some(Incoming::Refund {
                id: m.refund_id,
                failure: None,
            }));
        }
        _ => {
            let m: RefundFailed = envelope.decode()?;
            return Ok(Some(Incoming::Refund {
                id: m.refund_id,
                failure: Some(m.code),
            }));
        }
    };
    Ok(Some(Incoming::Reply(Reply {
        order_id,
        reference,
        report,
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
