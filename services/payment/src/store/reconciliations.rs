//! The table `reconciliations`: runs are requested, leased and finished.
//!
//! The leases are not a `leases::Table`. A run has no `next_attempt_at`: it is due until it ends, and a
//! unique index allows only one. A lease also resets the progress of the run, and each renewal saves it;
//! `Table::lease` and `Table::extend` set no columns of the caller.

mod differences;
mod ours;
mod staged;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use operations::Action;
use persistence::{Database, Error, prepared};
use serde_json::json;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::{Counts, Difference, NewRun, Origin, Run};
use crate::schema::reconciliations;

/// The longest interval, in hours; PostgreSQL's interval cannot hold every `u32`.
const CENTURY_H: i32 = 876_600;

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = reconciliations, check_for_backend(diesel::pg::Pg))]
struct RunRow {
    id: Uuid,
    requested_by: Option<Uuid>,
    window_from: DateTime<Utc>,
    window_until: DateTime<Utc>,
    payments: i64,
    intents: i64,
    differences: i64,
    attempts: i32,
    error: Option<String>,
    requested_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            requested_by: row.requested_by,
            window_from: row.window_from,
            window_until: row.window_until,
            payments: row.payments,
            intents: row.intents,
            differences: row.differences,
            attempts: row.attempts,
            error: row.error,
            requested_at: row.requested_at,
            finished_at: row.finished_at,
        }
    }
}

impl Store {
    /// Requests a reconciliation. While one waits or runs, returns that one and `false`.
    pub(crate) async fn request_run(&self, new: NewRun) -> Result<(Run, bool), Error> {
        loop {
            if let Some(run) = insert(&self.database, new).await? {
                return Ok((run, true));
            }
            let running: Option<RunRow> = reconciliations::table
                .filter(reconciliations::finished_at.is_null())
                .select(RunRow::as_select())
                .first(&mut self.database.get().await?)
                .await
                .optional()?;
            // None: it has just ended, so the insert can succeed now.
            if let Some(run) = running {
                return Ok((run.into(), false));
            }
        }
    }

    /// Requests a reconciliation for the schedule. Not while one runs, within `every_h` hours of the last scheduled
    /// one, or within an hour of a scheduled one that failed.
    pub(crate) async fn request_run_if_due(
        &self,
        new: NewRun,
        every_h: u32,
    ) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        let recent = prepared(
            "SELECT FROM reconciliations
             WHERE finished_at IS NULL
                OR (origin = 'schedule' AND status <> 'failed'
                    AND requested_at > $1 - make_interval(hours => $2))
                OR (origin = 'schedule' AND requested_at > $1 - interval '1 hour')
             LIMIT 1",
        )
        .bind::<Timestamptz, _>(new.now)
        .bind::<Integer, _>(i32::try_from(every_h).unwrap_or(CENTURY_H).min(CENTURY_H))
        .execute(&mut conn)
        .await?;
        drop(conn);
        if recent > 0 {
            return Ok(false);
        }
        Ok(insert(&self.database, new).await?.is_some())
    }

    pub(crate) async fn run(&self, id: Uuid) -> Result<Option<Run>, Error> {
        let run: Option<RunRow> = reconciliations::table
            .find(id)
            .select(RunRow::as_select())
            .first(&mut self.database.get().await?)
            .await
            .optional()?;
        Ok(run.map(Run::from))
    }

    /// At most `limit`, newest first, older than `after`.
    pub(crate) async fn runs(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<Run>, Error> {
        let runs: Vec<RunRow> = reconciliations::table
            .filter(reconciliations::id.lt(after.unwrap_or(Uuid::max())))
            .order(reconciliations::id.desc())
            .limit(limit)
            .select(RunRow::as_select())
            .load(&mut self.database.get().await?)
            .await?;
        Ok(runs.into_iter().map(Run::from).collect())
    }

    /// The last completed one.
    pub(crate) async fn last_completed(&self) -> Result<Option<Run>, Error> {
        let run: Option<RunRow> = reconciliations::table
            .filter(reconciliations::status.eq("completed"))
            .order(reconciliations::id.desc())
            .select(RunRow::as_select())
            .first(&mut self.database.get().await?)
            .await
            .optional()?;
        Ok(run.map(Run::from))
    }

    /// Leases the reconciliation that no replica has leased, if there is one. Another replica may take it over
    /// after `lease_ms` without a [`Store::renew_run`].
    pub(crate) async fn lease_run(&self, lease_ms: u64) -> Result<Option<Run>, Error> {
        let run: Option<RunRow> = prepared(
            "UPDATE reconciliations
             SET attempts = attempts + 1, payments = 0, intents = 0,
                 leased_until = clock_timestamp() + make_interval(secs => $1)
             WHERE id = ANY (ARRAY(
                 SELECT id FROM reconciliations
                 WHERE finished_at IS NULL
                   AND (leased_until IS NULL OR leased_until <= clock_timestamp())
                 LIMIT 1 FOR UPDATE SKIP LOCKED))
             RETURNING *",
        )
        .bind::<Double, _>(columns::seconds(lease_ms))
        .get_result(&mut self.database.get().await?)
        .await
        .optional()?;
        Ok(run.map(Run::from))
    }

    /// Renews the lease and saves the progress; false when another replica has taken it over.
    pub(crate) async fn renew_run(
        &self,
        run: &Run,
        counts: Counts,
        lease_ms: u64,
    ) -> Result<bool, Error> {
        let renewed = prepared(
            "UPDATE reconciliations
             SET payments = $3, intents = $4,
                 leased_until = clock_timestamp() + make_interval(secs => $5)
             WHERE id = $1 AND attempts = $2 AND finished_at IS NULL",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempts)
        .bind::<BigInt, _>(counts.payments)
        .bind::<BigInt, _>(counts.intents)
        .bind::<Double, _>(columns::seconds(lease_ms))
        .execute(&mut self.database.get().await?)
        .await?;
        Ok(renewed > 0)
    }

    /// Ends the lease, so that any replica may start over.
    pub(crate) async fn release_run(&self, run: &Run) -> Result<(), Error> {
        diesel::update(reconciliations::table.find(run.id))
            .filter(reconciliations::attempts.eq(run.attempts))
            .filter(reconciliations::finished_at.is_null())
            .set(reconciliations::leased_until.eq(None::<DateTime<Utc>>))
            .execute(&mut self.database.get().await?)
            .await?;
        Ok(())
    }

    /// Finishes the run and saves its differences; false when another replica has taken it over.
    pub(crate) async fn finish_run(
        &self,
        run: &Run,
        counts: Counts,
        failure: Option<&str>,
        found: &[Difference],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let (run, failure, found) = (run.clone(), failure.map(str::to_owned), found.to_vec());
        self.database
            .transaction(async move |conn| {
                finish(conn, &run, counts, failure.as_deref(), &found, now).await
            })
            .await
    }

    /// Deletes reconciliations that ended more than `days` days ago, with their differences.
    pub(crate) async fn delete_old_runs(
        &self,
        days: u32,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let before = now - chrono::TimeDelta::days(days.into());
        let old = reconciliations::table.filter(reconciliations::finished_at.lt(before));
        let mut conn = self.database.get().await?;
        Ok(diesel::delete(old).execute(&mut conn).await?)
    }
}

/// Inserts a run, with the record of who of the staff started it. `None` while another one waits or runs.
async fn insert(database: &Database, new: NewRun) -> Result<Option<Run>, Error> {
    database
        .transaction(async move |conn| {
            let run = insert_run(conn, new).await?;
            if let (Some(run), Origin::Staff(by)) = (&run, new.origin) {
                let window =
                    json!({"from": new.from.to_rfc3339(), "until": new.until.to_rfc3339()});
                let action = Action::new("reconciliation.start", run.id.to_string(), by);
                operations::record(conn, &action.created(window)).await?;
            }
            Ok(run)
        })
        .await
}

async fn insert_run(conn: &mut AsyncPgConnection, new: NewRun) -> Result<Option<Run>, Error> {
    let (origin, requested_by) = match new.origin {
        Origin::Schedule => ("schedule", None),
        Origin::Staff(user) => ("staff", Some(user.as_uuid())),
        Origin::Command => ("command", None),
    };
    let run: Option<RunRow> = diesel::insert_into(reconciliations::table)
        .values((
            reconciliations::id.eq(Uuid::now_v7()),
            reconciliations::origin.eq(origin),
            reconciliations::requested_by.eq(requested_by),
            reconciliations::window_from.eq(new.from),
            reconciliations::window_until.eq(new.until),
            reconciliations::requested_at.eq(new.now),
        ))
        .on_conflict_do_nothing()
        .returning(RunRow::as_returning())
        .get_result(conn)
        .await
        .optional()?;
    Ok(run.map(Run::from))
}

async fn finish(
    conn: &mut AsyncPgConnection,
    run: &Run,
    counts: Counts,
    failure: Option<&str>,
    found: &[Difference],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let status = if failure.is_none() {
        "completed"
    } else {
        "failed"
    };
    let finished = diesel::update(reconciliations::table.find(run.id))
        .filter(reconciliations::attempts.eq(run.attempts))
        .filter(reconciliations::finished_at.is_null())
        .set((
            reconciliations::status.eq(status),
            reconciliations::error.eq(failure),
            reconciliations::payments.eq(counts.payments),
            reconciliations::intents.eq(counts.intents),
            reconciliations::differences.eq(i64::try_from(found.len()).unwrap_or(i64::MAX)),
            reconciliations::leased_until.eq(None::<DateTime<Utc>>),
            reconciliations::finished_at.eq(now),
        ))
        .execute(conn)
        .await?;
    if finished > 0 {
        differences::insert(conn, run.id, found).await?;
    }
    Ok(finished > 0)
}
