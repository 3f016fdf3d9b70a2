use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::OrderId;
use persistence::prepared;

use super::Store;
use super::codes::code;
use super::rows::{RefundRow, int};
use super::save::each;
use crate::domain::{
    Change, EarlierRefund, Event, Refund, RefundRecord, RefundRequest, RefundStatus,
};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::refunds;

impl Store {
    /// All refunds of a locked order, with the keys and fingerprints of their requests.
    pub(crate) async fn earlier_refunds(
        &self,
        conn: &mut AsyncPgConnection,
        order: OrderId,
    ) -> Result<Vec<EarlierRefund>, Failure> {
        let rows: Vec<(String, Vec<u8>, RefundRow)> = refunds::table
            .filter(refunds::order_id.eq(order.as_uuid()))
            .select((
                refunds::idempotency_key,
                refunds::fingerprint,
                RefundRow::as_select(),
            ))
            .load(conn)
            .await?;
        let earlier = rows.into_iter().map(|(key, fingerprint, row)| {
            Ok::<_, diesel::result::Error>(EarlierRefund {
                key,
                fingerprint,
                record: row.record()?,
            })
        });
        Ok(earlier.collect::<Result<_, _>>()?)
    }

    /// Inserts a refund that is requested for the first time.
    pub(crate) async fn insert_refund(
        &self,
        conn: &mut AsyncPgConnection,
        refund: &Refund,
        request: &RefundRequest,
        fingerprint: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<RefundRecord, Failure> {
        let row: RefundRow = diesel::insert_into(refunds::table)
            .values((
                refunds::id.eq(refund.id.as_uuid()),
                refunds::order_id.eq(refund.order_id.as_uuid()),
                refunds::idempotency_key.eq(&request.key),
                refunds::fingerprint.eq(fingerprint.as_slice()),
                refunds::amount_minor.eq(refund.amount.minor_units()),
                refunds::currency.eq(refund.amount.currency().code()),
                refunds::reason.eq(&request.reason),
                refunds::status.eq(code(refund.status)),
                refunds::attempts.eq(int(refund.attempts)),
                refunds::next_attempt_at.eq(deadline(refund, &self.timing, now)),
                refunds::created_at.eq(now),
                refunds::updated_at.eq(now),
            ))
            .returning(RefundRow::as_returning())
            .get_result(conn)
            .await?;
        Ok(row.record()?)
    }
}

/// Updates changed refunds. A new one is inserted by [`Store::insert_refund`].
pub(super) async fn update_refunds(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let events = changes.iter().flat_map(|change| &change.events);
    let last: BTreeMap<_, _> = events
        .filter_map(Event::refund)
        .filter(|refund| !refund.is_new())
        .map(|refund| (refund.id, refund))
        .collect();
    let refunds: Vec<&Refund> = last.into_values().collect();
    if refunds.is_empty() {
        return Ok(());
    }
    prepared(
        "UPDATE refunds r
         SET status = c.status, attempts = c.attempts, next_attempt_at = c.next_attempt_at,
             updated_at = $5
         FROM unnest($1, $2, $3, $4) AS c (id, status, attempts, next_attempt_at)
         WHERE r.id = c.id",
    )
    .bind::<Array<SqlUuid>, _>(each(&refunds, |refund| refund.id.as_uuid()))
    .bind::<Array<Text>, _>(each(&refunds, |refund| code(refund.status)))
    .bind::<Array<Integer>, _>(each(&refunds, |refund| int(refund.attempts)))
    .bind::<Array<Nullable<Timestamptz>>, _>(each(&refunds, |refund| deadline(refund, timing, now)))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// When an open refund is requested again.
fn deadline(refund: &Refund, timing: &Timing, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let open = refund.status == RefundStatus::Requested;
    open.then(|| now + timing.wait_for_refund(refund.attempts))
}
