//! Messages in: what catalog and payment answer.

use std::sync::Arc;

use contracts::messages::{
    CaptureFailed, CommitRefusal, CommitRefused, Message, PaymentAuthorized, PaymentCaptured,
    PaymentDeclined, PaymentRefunded, PaymentVoided, RefundFailed, ReservationCommitted,
    StockRefusal, StockRefused, StockReleased, StockReserved,
};
use diesel_async::AsyncPgConnection;
use messaging::{DecodeError, Envelope, Queue};
use outbox::{Handler, HandlerError};

use crate::domain::order::Answer;
use crate::failure::Failure;
use crate::saga::Step;
use crate::shop::Shop;
use crate::store::{About, Reply};

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
}

/// Lets answers take effect.
pub(crate) struct Replies(pub(crate) Arc<Shop>);

impl Handler for Replies {
    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let known = match read(envelope)? {
            Some(Heard::Step(reply)) => self.0.reply(conn, reply).await,
            Some(Heard::Refund { id, failure }) => {
                let done = self.0.refund_answered(conn, id, failure.as_deref());
                done.await.map(|()| true)
            }
            None => Ok(true),
        };
        if known.map_err(handler_error)? {
            Ok(())
        } else {
            Err(HandlerError::poison(
                "an answer about an order that does not exist",
            ))
        }
    }
}

enum Heard {
    Step(Reply),
    Refund {
        id: kernel::RefundId,
        failure: Option<String>,
    },
}

/// None for an answer that is known to change nothing.
fn read(envelope: &Envelope) -> Result<Option<Heard>, DecodeError> {
    let reply = match envelope.message_type.as_str() {
        StockReserved::TYPE => {
            let m: StockReserved = envelope.decode()?;
            reply(
                m.order_id,
                About::Reservation(m.reservation_id),
                Step::Reserve,
                Answer::Yes,
            )
        }
        StockRefused::TYPE => {
            let m: StockRefused = envelope.decode()?;
            // It was released first, so it is being undone already.
            if m.refusal == StockRefusal::Released {
                return Ok(None);
            }
            let why = Answer::No(shortages(&m));
            reply(
                m.order_id,
                About::Reservation(m.reservation_id),
                Step::Reserve,
                why,
            )
        }
        StockReleased::TYPE => {
            let m: StockReleased = envelope.decode()?;
            reply(
                m.order_id,
                About::Reservation(m.reservation_id),
                Step::Release,
                Answer::Yes,
            )
        }
        ReservationCommitted::TYPE => {
            let m: ReservationCommitted = envelope.decode()?;
            reply(
                m.order_id,
                About::Reservation(m.reservation_id),
                Step::Commit,
                Answer::Yes,
            )
        }
        CommitRefused::TYPE => {
            let m: CommitRefused = envelope.decode()?;
            let why = match m.refusal {
                CommitRefusal::Expired => "the reservation has expired",
                CommitRefusal::NotHeld => "nothing was reserved",
            };
            let why = Answer::No(why.to_owned());
            reply(
                m.order_id,
                About::Reservation(m.reservation_id),
                Step::Commit,
                why,
            )
        }
        PaymentAuthorized::TYPE => {
            let m: PaymentAuthorized = envelope.decode()?;
            reply(
                m.order_id,
                About::Payment(m.payment_id),
                Step::Authorize,
                Answer::Yes,
            )
        }
        PaymentDeclined::TYPE => {
            let m: PaymentDeclined = envelope.decode()?;
            reply(
                m.order_id,
                About::Payment(m.payment_id),
                Step::Authorize,
                Answer::No(m.code),
            )
        }
        PaymentVoided::TYPE => {
            let m: PaymentVoided = envelope.decode()?;
            reply(
                m.order_id,
                About::Payment(m.payment_id),
                Step::Void,
                Answer::Yes,
            )
        }
        PaymentCaptured::TYPE => {
            let m: PaymentCaptured = envelope.decode()?;
            reply(
                m.order_id,
                About::Payment(m.payment_id),
                Step::Capture,
                Answer::Yes,
            )
        }
        CaptureFailed::TYPE => {
            let m: CaptureFailed = envelope.decode()?;
            reply(
                m.order_id,
                About::Shipment(m.payment_id, m.shipment),
                Step::Capture,
                Answer::No(m.code),
            )
        }
        PaymentRefunded::TYPE => {
            let m: PaymentRefunded = envelope.decode()?;
            Heard::Refund {
                id: m.refund_id,
                failure: None,
            }
        }
        _ => {
            let m: RefundFailed = envelope.decode()?;
            Heard::Refund {
                id: m.refund_id,
                failure: Some(m.code),
            }
        }
    };
    Ok(Some(reply))
}

fn reply(order_id: kernel::OrderId, about: About, step: Step, answer: Answer) -> Heard {
    Heard::Step(Reply {
        order_id,
        about,
        step,
        answer,
    })
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
