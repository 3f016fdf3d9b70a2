use std::collections::{BTreeMap, HashMap};

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
use super::units::{UnitsOf, insert_units, load_units};
use crate::domain::{Change, Earlier, Event, Refund, RefundRecord, RefundStatus, UnitShare};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::refunds;

/// A refund that is requested for the first time, and why.
#[derive(Debug, Clone)]
pub(crate) struct NewRefund {
    pub(crate) refund: Refund,
    pub(crate) key: String,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) reason: String,
    pub(crate) units: Vec<UnitShare>,
}

impl Store {
    /// Inserts a refund that is requested for the first time.
    pub(crate) async fn insert_refund(
        &self,
        conn: &mut AsyncPgConnection,
        new: NewRefund,
        now: DateTime<Utc>,
    ) -> Result<RefundRecord, Failure> {
        let refund = &new.refund;
        let row: RefundRow = diesel::insert_into(refunds::table)
            .values((
                refunds::id.eq(refund.id.as_uuid()),
                refunds::order_id.eq(refund.order_id.as_uuid()),
                refunds::idempotency_key.eq(&new.key),
                refunds::fingerprint.eq(new.fingerprint.as_slice()),
                refunds::amount_minor.eq(refund.amount.minor_units()),
                refunds::currency.eq(refund.amount.currency().code()),
                refunds::reason.eq(&new.reason),
                refunds::status.eq(code(refund.status)),
                refunds::attempts.eq(int(refund.attempts)),
                refunds::next_attempt_at.eq(deadline(refund, &self.timing, now)),
                refunds::created_at.eq(now),
                refunds::updated_at.eq(now),
            ))
            .returning(RefundRow::as_returning())
            .get_result(conn)
            .await?;
        let id = refund.id.as_uuid();
        insert_units(conn, UnitsOf::Refunds, id, &new.units).await?;
        Ok(row.record(new.units)?)
    }
}

/// All refunds of a locked order, with the keys and fingerprints of their requests.
pub(super) async fn earlier_refunds(
    conn: &mut AsyncPgConnection,
    order: OrderId,
) -> Result<Vec<Earlier<RefundRecord>>, Failure> {
    let rows: Vec<(String, Vec<u8>, RefundRow)> = refunds::table
        .filter(refunds::order_id.eq(order.as_uuid()))
        .order(refunds::id)
        .select((
            refunds::idempotency_key,
            refunds::fingerprint,
            RefundRow::as_select(),
        ))
        .load(conn)
        .await?;
    let mut requests = Vec::with_capacity(rows.len());
    let mut refunds = Vec::with_capacity(rows.len());
    for (key, fingerprint, row) in rows {
        requests.push((key, fingerprint));
        refunds.push(row);
    }
    let records = refund_records(conn, refunds).await?;
    let earlier = requests.into_iter().zip(records);
    let earlier = earlier.map(|((key, fingerprint), record)| Earlier {
        key,
        fingerprint,
        record,
    });
    Ok(earlier.collect())
}

/// Refunds with their units.
pub(super) async fn refund_records(
    conn: &mut AsyncPgConnection,
    rows: Vec<RefundRow>,
) -> Result<Vec<RefundRecord>, Failure> {
    let mut currencies = HashMap::new();
    for row in &rows {
        currencies.insert(row.id, row.currency()?);
    }
    let mut units = load_units(conn, UnitsOf::Refunds, currencies).await?;
    let records: Result<_, diesel::result::Error> = rows
        .into_iter()
        .map(|row| {
            let units = units.remove(&row.id).unwrap_or_default();
            row.record(units)
        })
        .collect();
    Ok(records?)
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
