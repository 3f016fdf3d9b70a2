//! The table `webhook_events`, and what an event brings about.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::PaymentId;
use persistence::Error;

use super::{lookups, orphan_intents, refunds};
use crate::domain::{Event, Subject};
use crate::schema::{payments, webhook_events};

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// What it is about will be looked up.
    Scheduled,
    /// It was taken in before.
    Duplicate,
    /// It is about another intent than the payment's, which will be looked at.
    Orphan,
    /// It is about something that we do not know.
    Unknown,
}

/// Remembers the event and schedules the look in one transaction.
pub(super) async fn receive(
    conn: &mut AsyncPgConnection,
    event: &Event,
) -> Result<Received, Error> {
    let new = diesel::insert_into(webhook_events::table)
        .values((
            webhook_events::id.eq(&event.id),
            webhook_events::type_.eq(&event.kind),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if new == 0 {
        return Ok(Received::Duplicate);
    }
    let (payment_id, refund_id, reference) = match &event.subject {
        // The row is found by our own id: the answer with the provider's may be lost.
        Subject::Intent {
            reference,
            payment_id,
        } => match reference_of(conn, *payment_id).await? {
            None => return Ok(Received::Unknown),
            Some(Some(known)) if known != *reference => {
                orphan_intents::schedule(conn, *payment_id, reference).await?;
                return Ok(Received::Orphan);
            }
            Some(_) => (*payment_id, None, reference),
        },
        Subject::Refund {
            reference,
            refund_id,
        } => {
            let refund = refunds::find(conn, *refund_id).await?;
            let known = |refund: &crate::domain::Refund| {
                let known = refund.reference.as_ref();
                known.is_none_or(|known| known == reference)
            };
            let Some(refund) = refund.filter(known) else {
                return Ok(Received::Unknown);
            };
            if reference_of(conn, refund.payment_id).await?.is_none() {
                return Ok(Received::Unknown);
            }
            (refund.payment_id, Some(refund.id), reference)
        }
        Subject::Strange | Subject::Other => return Ok(Received::Unknown),
    };
    lookups::schedule(conn, payment_id, refund_id, reference, 0).await?;
    Ok(Received::Scheduled)
}

/// By which reference we know the payment; none when we do not. Its row is locked before its lookup's,
/// as everywhere.
async fn reference_of(
    conn: &mut AsyncPgConnection,
    payment_id: PaymentId,
) -> Result<Option<Option<String>>, Error> {
    let known = payments::table
        .find(payment_id.as_uuid())
        .filter(payments::amount_minor.is_not_null())
        .select(payments::provider_reference)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(known)
}

/// By the clock of the database, which also wrote when they came.
pub(super) async fn sweep(conn: &mut AsyncPgConnection, days: u32) -> Result<usize, Error> {
    let deleted = sql_query(
        "DELETE FROM webhook_events WHERE id = ANY (ARRAY(
             SELECT id FROM webhook_events WHERE received_at < now() - make_interval(days => $1)
             LIMIT 1000 FOR UPDATE SKIP LOCKED))",
    )
    .bind::<sql_types::Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .execute(conn)
    .await?;
    Ok(deleted)
}
