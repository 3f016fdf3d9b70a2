//! The table `reconciliations` and what was found: who runs one, how far it is, how it ended.

mod found;
mod sides;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use persistence::Error;
use uuid::Uuid;

use super::{Store, columns};
use crate::domain::Difference;
use crate::schema::reconciliations;

/// Staged rows that one statement deletes.
const CLEAR_AT_ONCE: i64 = 10_000;

/// PostgreSQL cannot go back for ever.
const CENTURY_H: i32 = 876_600;

/// Where a reconciliation is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunStatus {
    /// It waits for a replica, or one is at it.
    Running,
    /// Everything in its window was compared.
    Completed,
    /// It could not be carried out; why.
    Failed(String),
}

/// Who asked for a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Schedule,
    Staff(UserId),
    Command,
}

/// A reconciliation that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewRun {
    pub(crate) origin: Origin,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// A reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) requested_by: Option<UserId>,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) status: RunStatus,
    pub(crate) payments: i64,
    pub(crate) intents: i64,
    pub(crate) differences: i64,
    /// Which time it was begun, from 1; 0 when it never was.
    pub(crate) attempt: i32,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) payments: i64,
    pub(crate) intents: i64,
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = reconciliations, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    requested_by: Option<Uuid>,
    window_from: DateTime<Utc>,
    window_until: DateTime<Utc>,
    status: String,
    payments: i64,
    intents: i64,
    differences: i64,
    attempts: i32,
    error: Option<String>,
    requested_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_run(self) -> Result<Run, Error> {
        let status = match (self.status.as_str(), self.error) {
            ("running", None) => RunStatus::Running,
            ("completed", None) => RunStatus::Completed,
            ("failed", Some(error)) => RunStatus::Failed(error),
            _ => return Err(columns::broken("reconciliation status").into()),
        };
        Ok(Run {
            id: self.id,
            requested_by: self.requested_by.map(Into::into),
            from: self.window_from,
            until: self.window_until,
            status,
            payments: self.payments,
            intents: self.intents,
            differences: self.differences,
            attempt: self.attempts,
            requested_at: self.requested_at,
            finished_at: self.finished_at,
        })
    }
}

impl Store {
    /// Asks for a reconciliation. While one waits or runs, that one is answered, and `false`.
    pub(crate) async fn request_run(&self, new: NewRun) -> Result<(Run, bool), Error> {
        let mut conn = self.database.get().await?;
        loop {
            if let Some(run) = insert(&mut conn, new).await? {
                return Ok((run, true));
            }
            // It may have ended at this moment: then there is room for the new one.
            if let Some(run) = running(&mut conn).await? {
                return Ok((run, false));
            }
        }
    }

    /// Asks for a reconciliation unless the schedule did so within `every_h` hours, or one of the
    /// last hour failed.
    pub(crate) async fn request_run_if_due(
        &self,
        new: NewRun,
        every_h: u32,
    ) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        let recent = sql_query(
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
        if recent > 0 {
            return Ok(false);
        }
        Ok(insert(&mut conn, new).await?.is_some())
    }

    /// Takes on the reconciliation that nobody is at, if there is one. Another replica may take it
    /// over when `lease_ms` have passed without a [`Store::renew_run`].
    pub(crate) async fn lease_run(&self, lease_ms: u64) -> Result<Option<Run>, Error> {
        let mut conn = self.database.get().await?;
        let row: Option<Row> = sql_query(
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
        .get_result(&mut conn)
        .await
        .optional()?;
        row.map(Row::into_run).transpose()
    }

    /// Keeps the lease and says how far it is. False: somebody else has taken it over.
    pub(crate) async fn renew_run(
        &self,
        run: &Run,
        counts: Counts,
        lease_ms: u64,
    ) -> Result<bool, Error> {
        let mut conn = self.database.get().await?;
        let renewed = sql_query(
            "UPDATE reconciliations
             SET payments = $3, intents = $4,
                 leased_until = clock_timestamp() + make_interval(secs => $5)
             WHERE id = $1 AND attempts = $2 AND finished_at IS NULL",
        )
        .bind::<SqlUuid, _>(run.id)
        .bind::<Integer, _>(run.attempt)
        .bind::<BigInt, _>(counts.payments)
        .bind::<BigInt, _>(counts.intents)
        .bind::<Double, _>(columns::seconds(lease_ms))
        .execute(&mut conn)
        .await?;
        Ok(renewed > 0)
    }

    /// Gives it back, to be begun again by whoever comes next.
    pub(crate) async fn release_run(&self, run: &Run) -> Result<(), Error> {
        let mut conn = self.database.get().await?;
        diesel::update(reconciliations::table.find(run.id))
            .filter(reconciliations::attempts.eq(run.attempt))
            .filter(reconciliations::finished_at.is_null())
            .set(reconciliations::leased_until.eq(None::<DateTime<Utc>>))
            .execute(&mut conn)
            .await?;
        Ok(())
    }

    /// Ends it, with everything that was found. False: somebody else has taken it over.
    pub(crate) async fn finish_run(
        &self,
        run: &Run,
        counts: Counts,
        status: &RunStatus,
        found: &[Difference],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let (run, status, differences) = (run.clone(), status.clone(), found.to_vec());
        self.database
            .transaction(async move |conn| {
                let ended = end(conn, &run, counts, &status, differences.len(), now).await?;
                if ended {
                    found::write(conn, run.id, &differences).await?;
                }
                Ok::<_, Error>(ended)
            })
            .await
    }

    /// Deletes what others have staged and left behind.
    pub(crate) async fn clear_staged_by_others(&self, run: &Run) -> Result<(), Error> {
        self.clear("(reconciliation_id, attempt) <> ($1, $2)", run)
            .await
    }

    /// Deletes what was staged for a reconciliation that has ended.
    pub(crate) async fn clear_staged(&self, run: &Run) -> Result<(), Error> {
        self.clear("reconciliation_id = $1 AND attempt <= $2", run)
            .await
    }

    async fn clear(&self, filter: &str, run: &Run) -> Result<(), Error> {
        let sql = format!(
            "DELETE FROM reconciliation_intents WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM reconciliation_intents WHERE {filter} LIMIT $3))"
        );
        loop {
            let mut conn = self.database.get().await?;
            let deleted = sql_query(&sql)
                .bind::<SqlUuid, _>(run.id)
                .bind::<Integer, _>(run.attempt)
                .bind::<BigInt, _>(CLEAR_AT_ONCE)
                .execute(&mut conn)
                .await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }

    /// Deletes reconciliations that ended so many days ago, with what they found.
    pub(crate) async fn forget_runs(&self, days: u32, now: DateTime<Utc>) -> Result<usize, Error> {
        let mut conn = self.database.get().await?;
        let before = now - chrono::TimeDelta::days(days.into());
        let old = reconciliations::table.filter(reconciliations::finished_at.lt(before));
        Ok(diesel::delete(old).execute(&mut conn).await?)
    }
}

async fn insert(conn: &mut AsyncPgConnection, new: NewRun) -> Result<Option<Run>, Error> {
    let (origin, requested_by) = match new.origin {
        Origin::Schedule => ("schedule", None),
        Origin::Staff(user) => ("staff", Some(user.as_uuid())),
        Origin::Command => ("command", None),
    };
    diesel::insert_into(reconciliations::table)
        .values((
            reconciliations::id.eq(Uuid::now_v7()),
            reconciliations::origin.eq(origin),
            reconciliations::requested_by.eq(requested_by),
            reconciliations::window_from.eq(new.from),
            reconciliations::window_until.eq(new.until),
            reconciliations::requested_at.eq(new.now),
        ))
        .on_conflict_do_nothing()
        .returning(Row::as_returning())
        .get_result(conn)
        .await
        .optional()?
        .map(Row::into_run)
        .transpose()
}

async fn running(conn: &mut AsyncPgConnection) -> Result<Option<Run>, Error> {
    reconciliations::table
        .filter(reconciliations::finished_at.is_null())
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?
        .map(Row::into_run)
        .transpose()
}

async fn end(
    conn: &mut AsyncPgConnection,
    run: &Run,
    counts: Counts,
    status: &RunStatus,
    found: usize,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let (status, error) = match status {
        RunStatus::Running => ("running", None),
        RunStatus::Completed => ("completed", None),
        RunStatus::Failed(error) => ("failed", Some(error.as_str())),
    };
    let ended = diesel::update(reconciliations::table.find(run.id))
        .filter(reconciliations::attempts.eq(run.attempt))
        .filter(reconciliations::finished_at.is_null())
        .set((
            reconciliations::status.eq(status),
            reconciliations::error.eq(error),
            reconciliations::payments.eq(counts.payments),
            reconciliations::intents.eq(counts.intents),
            reconciliations::differences.eq(i64::try_from(found).unwrap_or(i64::MAX)),
            reconciliations::leased_until.eq(None::<DateTime<Utc>>),
            reconciliations::finished_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(ended > 0)
}
