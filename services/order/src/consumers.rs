//! Messages in: the replies of catalog and payment, and payment events that answer no command.

use contracts::messages::{
    AuthorizationExpired, CaptureFailed, CommitRefusal, CommitRefused, Message,
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed, ReservationCommitted, StockRefusal, StockRefused, StockReleased,
    StockReserved,
};
use diesel_async::AsyncPgConnection;
use messaging::{Envelope, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};

use crate::app::App;
use crate::domain::{Change, Reply, Report, StepResult, Subject};
use crate::failure::Failure;
use crate::saga::Step;

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

/// Applies the replies of catalog and payment.
pub(crate) struct Replies(pub(crate) App);

impl Handler for Replies {
    type Effects = Vec<Change>;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Vec<Change>, BatchError> {
        let replies = outbox::per_message(messages, |_, message| read(message))?;
        self.0.apply_replies(conn, messages, replies).await
    }

    fn committed(&self, changes: Vec<Change>) {
        self.0.count(&changes);
    }
}

/// None for a reply that changes nothing, whatever the state of the order.
fn read(envelope: &Envelope) -> Result<Option<Reply>, HandlerError> {
    use Step::{Authorize, Capture, Commit, Release, Reserve, Void};
    let done = |step, subject| Report::Step(step, subject, StepResult::Done);
    let refused = |step, subject, reason| Report::Step(step, subject, StepResult::Refused(reason));
    let (order_id, report) = match envelope.message_type.as_str() {
        StockReserved::TYPE => {
            let m: StockReserved = envelope.decode()?;
            (
                m.order_id,
                done(Reserve, Subject::Reservation(m.reservation_id)),
            )
        }
        StockRefused::TYPE => {
            let m: StockRefused = envelope.decode()?;
            // The stock was released: the order is being undone already.
            if m.refusal == StockRefusal::Released {
                return Ok(None);
            }
            let subject = Subject::Reservation(m.reservation_id);
            (m.order_id, refused(Reserve, subject, shortages(&m)))
        }
        StockReleased::TYPE => {
            let m: StockReleased = envelope.decode()?;
            (
                m.order_id,
                done(Release, Subject::Reservation(m.reservation_id)),
            )
        }
        ReservationCommitted::TYPE => {
            let m: ReservationCommitted = envelope.decode()?;
            (
                m.order_id,
                done(Commit, Subject::Reservation(m.reservation_id)),
            )
        }
        CommitRefused::TYPE => {
            let m: CommitRefused = envelope.decode()?;
            let reason = match m.refusal {
                CommitRefusal::Expired => "the reservation has expired",
                CommitRefusal::NotHeld => "nothing was reserved",
            };
            let subject = Subject::Reservation(m.reservation_id);
            (m.order_id, refused(Commit, subject, reason.to_owned()))
        }
        PaymentActionRequired::TYPE => {
            let m: PaymentActionRequired = envelope.decode()?;
            let report = Report::ActionRequired {
                payment_id: m.payment_id,
                redirect_url: browsable(m.redirect_url)?,
            };
            (m.order_id, report)
        }
        PaymentAuthorized::TYPE => {
            let m: PaymentAuthorized = envelope.decode()?;
            (m.order_id, done(Authorize, Subject::Payment(m.payment_id)))
        }
        PaymentDeclined::TYPE => {
            let m: PaymentDeclined = envelope.decode()?;
            let subject = Subject::Payment(m.payment_id);
            let result = match m.request_rejected {
                true => StepResult::Failed(m.code),
                false => StepResult::Declined {
                    reason: m.code,
                    card: m.card_fingerprint,
                },
            };
            (m.order_id, Report::Step(Authorize, subject, result))
        }
        AuthorizationExpired::TYPE => {
            let m: AuthorizationExpired = envelope.decode()?;
            let payment_id = m.payment_id;
            (m.order_id, Report::AuthorizationExpired { payment_id })
        }
        PaymentVoided::TYPE => {
            let m: PaymentVoided = envelope.decode()?;
            (m.order_id, done(Void, Subject::Payment(m.payment_id)))
        }
        PaymentCaptured::TYPE => {
            let m: PaymentCaptured = envelope.decode()?;
            (m.order_id, done(Capture, Subject::Payment(m.payment_id)))
        }
        CaptureFailed::TYPE => {
            let m: CaptureFailed = envelope.decode()?;
            let subject = Subject::Shipment(m.payment_id, m.shipment);
            (m.order_id, refused(Capture, subject, m.code))
        }
        PaymentRefunded::TYPE => {
            let m: PaymentRefunded = envelope.decode()?;
            (m.order_id, Report::Refund(m.refund_id, StepResult::Done))
        }
        _ => {
            let m: RefundFailed = envelope.decode()?;
            let result = StepResult::Refused(m.code);
            (m.order_id, Report::Refund(m.refund_id, result))
        }
    };
    Ok(Some(Reply { order_id, report }))
}

/// A URL that a customer's browser may be sent to: the provider's, never a script.
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

/// A stored value that cannot be read fails its own message only, and retries do not help.
impl From<Failure> for BatchError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            other => HandlerError::poison(other).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::messages::sent_to;

    use super::*;

    #[test]
    fn the_queue_is_bound_to_all_that_the_contracts_send_to_it() {
        let queue = queue();
        let bound = queue.bindings.iter().map(|binding| binding.routing_key);
        assert_eq!(sent_to(&queue.name), bound.collect::<BTreeSet<_>>());
    }
}
