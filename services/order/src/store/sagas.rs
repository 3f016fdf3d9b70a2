use std::collections::BTreeMap;

use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use super::codes::code;
use super::rows::{SagaRow, int};
use super::save::each;
use crate::domain::{Change, Event, Order};
use crate::failure::Failure;
use crate::saga::Timing;
use crate::schema::sagas;

/// The saga's row of an order whose step is first requested now.
fn saga_row(order: &Order, timing: &Timing, now: DateTime<Utc>) -> SagaRow {
    let status = match (order.step, order.end_reason) {
        (None, _) => "done",
        (Some(_), Some(_)) => "compensating",
        (Some(_), None) => "running",
    };
    let action = order.action.as_ref();
    SagaRow {
        order_id: order.id.as_uuid(),
        status: status.to_owned(),
        step: order.step.map(|step| code(step).to_owned()),
        reason: order.end_reason.map(|reason| reason.key().to_owned()),
        attempts: int(order.attempts),
        next_attempt_at: order.step.map(|step| match action {
            Some(action) => action.expires_at,
            None => now + timing.wait(step, order.attempts),
        }),
        updated_at: now,
        since: now,
        action_url: action.map(|action| action.redirect_url.clone()),
        action_expires_at: action.map(|action| action.expires_at),
        hold_expired: order.hold_expired,
        waited_for_customer: order.waited_for_customer,
    }
}

/// Inserts the saga of a new order, with the trace and the network that place it.
pub(super) async fn insert_saga(
    mut conn: &AsyncPgConnection,
    order: &Order,
    client_network: Option<&str>,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let (parent, state) = TraceContext::into_stored(telemetry::current_context());
    diesel::insert_into(sagas::table)
        .values((
            saga_row(order, timing, now),
            sagas::traceparent.eq(parent),
            sagas::tracestate.eq(state),
            sagas::client_network.eq(client_network),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// A saga's row after its changes.
struct SagaUpdate {
    row: SagaRow,
    /// None if the deadline does not change.
    next_attempt_at: Option<DateTime<Utc>>,
    /// None if the step does not change.
    since: Option<DateTime<Utc>>,
}

/// Updates the sagas of changed orders.
pub(super) async fn update_sagas(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut updates: BTreeMap<Uuid, SagaUpdate> = BTreeMap::new();
    for Change { order, events, .. } in changes {
        if !events.iter().any(Event::changes_saga) {
            continue;
        }
        let row = saga_row(order, timing, now);
        let earlier = updates.remove(&row.order_id);
        let deadline = row
            .next_attempt_at
            .filter(|_| events.iter().any(sets_deadline));
        let since = events.iter().any(begins_step).then_some(now);
        let update = SagaUpdate {
            next_attempt_at: deadline
                .or(earlier.as_ref().and_then(|update| update.next_attempt_at)),
            since: since.or(earlier.and_then(|update| update.since)),
            row,
        };
        updates.insert(update.row.order_id, update);
    }
    if updates.is_empty() {
        return Ok(());
    }
    let updates: Vec<SagaUpdate> = updates.into_values().collect();
    prepared(
        "UPDATE sagas s
         SET status = c.status, step = c.step, reason = c.reason, attempts = c.attempts,
             next_attempt_at = CASE WHEN c.step IS NULL THEN NULL
                                    ELSE coalesce(c.next_attempt_at, s.next_attempt_at) END,
             since = coalesce(c.since, s.since), updated_at = $12,
             action_url = c.action_url, action_expires_at = c.action_expires_at,
             hold_expired = c.hold_expired, waited_for_customer = c.waited_for_customer,
             client_network = CASE WHEN c.step IS NULL THEN NULL ELSE s.client_network END
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
              AS c (order_id, status, step, reason, attempts, next_attempt_at, since,
                    action_url, action_expires_at, hold_expired, waited_for_customer)
         WHERE s.order_id = c.order_id",
    )
    .bind::<Array<SqlUuid>, _>(each(&updates, |u| u.row.order_id))
    .bind::<Array<Text>, _>(each(&updates, |u| u.row.status.as_str()))
    .bind::<Array<Nullable<Text>>, _>(each(&updates, |u| u.row.step.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(each(&updates, |u| u.row.reason.as_deref()))
    .bind::<Array<Integer>, _>(each(&updates, |u| u.row.attempts))
    .bind::<Array<Nullable<Timestamptz>>, _>(each(&updates, |u| u.next_attempt_at))
    .bind::<Array<Nullable<Timestamptz>>, _>(each(&updates, |u| u.since))
    .bind::<Array<Nullable<Text>>, _>(each(&updates, |u| u.row.action_url.as_deref()))
    .bind::<Array<Nullable<Timestamptz>>, _>(each(&updates, |u| u.row.action_expires_at))
    .bind::<Array<Bool>, _>(each(&updates, |u| u.row.hold_expired))
    .bind::<Array<Bool>, _>(each(&updates, |u| u.row.waited_for_customer))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Whether the event sets a new deadline.
fn sets_deadline(event: &Event) -> bool {
    matches!(
        event,
        Event::Requested { .. } | Event::ActionRequired { .. }
    )
}

fn begins_step(event: &Event) -> bool {
    matches!(event, Event::Requested { attempt: 1, .. })
}
