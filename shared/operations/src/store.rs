//! The statements on the table `operator_actions`, and on the catalog of the database.

use chassis::telemetry;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, Error, prepared};
use serde_json::Value;
use uuid::Uuid;

use crate::action::Action;
use crate::schema::operator_actions;

/// An action as it was recorded.
#[derive(Queryable)]
pub(crate) struct Recorded {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) actor_id: Uuid,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
    pub(crate) trace_id: Option<String>,
}

/// Which actions to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) kind: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) actor: Option<Uuid>,
    /// From this time on.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this time.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// Writes `action` to the audit, with the trace of the request, in `conn`'s transaction if there is one. Returns its id.
///
/// Record an action on the same database in the transaction that does it. Record any other action
/// before it is done, so that no action lacks a record.
///
/// # Errors
/// The row cannot be written: the caller must not act.
pub async fn record(conn: &mut AsyncPgConnection, action: &Action) -> Result<Uuid, Error> {
    let id = Uuid::now_v7();
    diesel::insert_into(operator_actions::table)
        .values((
            operator_actions::id.eq(id),
            operator_actions::kind.eq(action.kind),
            operator_actions::subject.eq(&action.subject),
            operator_actions::actor_id.eq(action.actor.as_uuid()),
            operator_actions::reason.eq(action.reason.as_str()),
            operator_actions::detail.eq(&action.detail),
            operator_actions::before.eq(&action.before),
            operator_actions::after.eq(&action.after),
            operator_actions::trace_id.eq(telemetry::current_trace_id()),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}

/// The actions older than the one with the id `before`, newest first.
pub(crate) async fn page(
    database: &Database,
    filter: Filter,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let mut conn = database.get().await?;
    let mut query = operator_actions::table
        .order(operator_actions::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(operator_actions::id.lt(before));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(operator_actions::kind.eq(kind));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(operator_actions::subject.eq(subject));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(operator_actions::actor_id.eq(actor));
    }
    if let Some(since) = filter.since {
        query = query.filter(operator_actions::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(operator_actions::at.lt(until));
    }
    Ok(query.load(&mut conn).await?)
}

/// A table of the service's own schema.
#[derive(QueryableByName)]
pub(crate) struct Table {
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// -1 before the first analysis.
    #[diesel(sql_type = BigInt)]
    pub(crate) estimated_rows: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) bytes: i64,
}

/// The tables of the schema that unqualified names mean, largest first, at most 200.
pub(crate) async fn tables(database: &Database) -> Result<Vec<Table>, Error> {
    let mut conn = database.get().await?;
    let tables = prepared(
        "SELECT relname::text AS name, reltuples::bigint AS estimated_rows, \
                pg_total_relation_size(pg_class.oid) AS bytes \
         FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
         WHERE nspname = current_schema() AND relkind = 'r' \
         ORDER BY bytes DESC, name LIMIT 200",
    );
    Ok(tables.load(&mut conn).await?)
}
