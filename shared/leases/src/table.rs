//! The statements on a table of leased work.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, Double, HasSqlType, Integer, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Bound, Error, Prepared, prepared};
use uuid::Uuid;

/// A table whose rows are work to do outside of the database.
///
/// It has a key and these columns:
///
/// | column | |
/// |---|---|
/// | `attempts integer NOT NULL DEFAULT 0` | how often it was leased; fences off late workers |
/// | `next_attempt_at timestamptz NOT NULL DEFAULT now()` | earliest time of the next lease |
/// | `leased_until timestamptz` | end of the current lease |
/// | `last_error text` | why it was postponed |
///
/// and an index on `next_attempt_at` with the condition of [`Table::open`].
#[derive(Debug, Clone, Copy)]
pub struct Table {
    name: &'static str,
    key: &'static str,
    open: &'static str,
    order: &'static str,
}

/// A leased row: its key and the number of this attempt, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease<K> {
    /// The row's key.
    pub key: K,
    /// The value of `attempts` of this lease; each lease of a row has another one.
    pub attempt: i32,
}

/// Who may finish work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Only the last worker that leased the row.
    Holder,
    /// Any worker that did the work, even if another one has leased the row since.
    Anyone,
}

/// The type of a key column.
pub trait Key: ToSql<<Self as Key>::Sql, Pg> + Send + Sync {
    /// The corresponding type of PostgreSQL.
    type Sql: Send + Sync;
}

impl Key for Uuid {
    type Sql = diesel::sql_types::Uuid;
}

impl Key for i64 {
    type Sql = BigInt;
}

impl Key for &str {
    type Sql = Text;
}

type OfLease<K> = Bound<Bound<Prepared, <K as Key>::Sql, K>, Integer, i32>;

/// A statement that finishes work. More values can be bound, from `$4`, before it is executed.
pub type Finish<K> = Bound<OfLease<K>, Bool, bool>;

/// A statement that postpones work. More values can be bound, from `$5`, before it is executed.
pub type Postpone<'a, K> = Bound<Bound<OfLease<K>, Double, f64>, Nullable<Text>, Option<&'a str>>;

impl Table {
    /// A table with the key `id`. All its rows are open work.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            key: "id",
            open: "true",
            order: "next_attempt_at",
        }
    }

    /// Sets another key column.
    #[must_use]
    pub const fn key(mut self, column: &'static str) -> Self {
        self.key = column;
        self
    }

    /// Sets the condition of open work, for a table that keeps finished rows.
    #[must_use]
    pub const fn open(mut self, condition: &'static str) -> Self {
        self.open = condition;
        self
    }

    /// Sets the column by which rows are leased in order, instead of `next_attempt_at`.
    #[must_use]
    pub const fn order(mut self, column: &'static str) -> Self {
        self.order = column;
        self
    }

    /// Leases at most `limit` rows that are due, for `time`. Workers can call it concurrently: they do not
    /// wait for each other, and no two get the same row. Must not be part of a transaction: the lease is
    /// committed before the work begins.
    ///
    /// `select` reads the rows from `leased`, which has all columns of the table, and may join other tables:
    /// `SELECT leased.id, leased.attempts, users.email FROM leased JOIN users ON ..`.
    ///
    /// # Errors
    /// The statement fails.
    pub async fn lease<T>(
        &self,
        conn: &mut AsyncPgConnection,
        limit: usize,
        time: Duration,
        select: &str,
    ) -> Result<Vec<T>, Error>
    where
        T: QueryableByName<Pg> + Send + 'static,
    {
        let Self {
            name,
            key,
            open,
            order,
        } = self;
        // With the array, PostgreSQL selects the rows once. With `IN (SELECT ..)` some plans select again
        // for every row and exceed the limit. `now()` can be a bound of the scan of the index on
        // `next_attempt_at`, so that rows that are not due are not read; `clock_timestamp()` cannot.
        let sql = format!(
            "WITH leased AS (
                 UPDATE {name} SET attempts = attempts + 1,
                     leased_until = clock_timestamp() + make_interval(secs => $2)
                 WHERE {key} = ANY (ARRAY(
                     SELECT {key} FROM {name}
                     WHERE {open} AND next_attempt_at <= now()
                       AND (leased_until IS NULL OR leased_until <= clock_timestamp())
                     ORDER BY {order} LIMIT $1 FOR UPDATE SKIP LOCKED
                 ))
                 RETURNING *
             ) {select}"
        );
        let rows = prepared(sql)
            .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind::<Double, _>(time.as_secs_f64())
            .load(conn)
            .await?;
        Ok(rows)
    }

    /// Extends a lease to `time` from now. False: another worker has leased the row, or it is finished.
    ///
    /// # Errors
    /// The statement fails.
    pub async fn extend<K: Key>(
        &self,
        conn: &mut AsyncPgConnection,
        lease: Lease<K>,
        time: Duration,
    ) -> Result<bool, Error>
    where
        Pg: HasSqlType<K::Sql>,
    {
        let sql = format!(
            "UPDATE {} SET leased_until = clock_timestamp() + make_interval(secs => $3) WHERE {}",
            self.name,
            self.held("attempts = $2"),
        );
        let extended = of_lease(sql, lease).bind::<Double, _>(time.as_secs_f64());
        Ok(extended.execute(conn).await? == 1)
    }

    /// Ends a lease; the row can be leased again after `delay`. Changes no row if another worker has
    /// leased it since, or it is finished. `more` sets more columns; its values begin with `$5`.
    pub fn postpone<'a, K: Key>(
        &self,
        lease: Lease<K>,
        delay: Duration,
        error: Option<&'a str>,
        more: &[&str],
    ) -> Postpone<'a, K> {
        let sql = format!(
            "UPDATE {} SET leased_until = NULL, last_error = $4,
                 next_attempt_at = clock_timestamp() + make_interval(secs => $3){} WHERE {}",
            self.name,
            more.iter()
                .map(|set| format!(", {set}"))
                .collect::<String>(),
            self.held("attempts = $2"),
        );
        let statement = of_lease(sql, lease).bind(delay.as_secs_f64());
        statement.bind(error)
    }

    /// Finishes work and keeps its row. `set` must make the row not open; its values begin with `$4`.
    /// Changes no row if the work is already finished.
    pub fn finish<K: Key>(&self, lease: Lease<K>, by: By, set: &str) -> Finish<K> {
        let held = self.held("(attempts = $2 OR $3)");
        let sql = format!(
            "UPDATE {} SET leased_until = NULL, {set} WHERE {held}",
            self.name
        );
        of_lease(sql, lease).bind(by == By::Anyone)
    }

    /// Finishes work by deleting its row, if `condition` holds; its values begin with `$4`.
    pub fn remove<K: Key>(&self, lease: Lease<K>, by: By, condition: &str) -> Finish<K> {
        let held = self.held("(attempts = $2 OR $3)");
        let sql = format!("DELETE FROM {} WHERE {held} AND {condition}", self.name);
        of_lease(sql, lease).bind(by == By::Anyone)
    }

    fn held(&self, guard: &str) -> String {
        format!("{} = $1 AND {guard} AND {}", self.key, self.open)
    }
}

fn of_lease<K: Key>(sql: String, lease: Lease<K>) -> OfLease<K> {
    prepared(sql).bind(lease.key).bind(lease.attempt)
}
