//! A table of jobs that refer to customers.

use std::time::Duration;

use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use leases::{By, Lease, Table};
use persistence::{Database, DatabaseConfig, Error};
use testkit::TestDatabase;
use uuid::Uuid;

pub(crate) const JOBS: Table = Table::new("jobs").open("finished_by IS NULL");
pub(crate) const LONG: Duration = Duration::from_secs(60);

const TABLES: &str = "
    CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
    INSERT INTO customers VALUES (1, 'Ada');
    CREATE TABLE jobs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        customer integer NOT NULL DEFAULT 1 REFERENCES customers,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        leased_until timestamptz,
        last_error text,
        hints integer NOT NULL DEFAULT 0,
        finished_by text
    );
    CREATE INDEX jobs_due ON jobs (next_attempt_at) WHERE finished_by IS NULL;";

#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Job {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    pub(crate) attempts: i32,
    #[diesel(sql_type = Text)]
    pub(crate) customer: String,
}

impl Job {
    pub(crate) fn lease(&self) -> Lease<Uuid> {
        Lease {
            key: self.id,
            attempt: self.attempts,
        }
    }
}

/// The state of the only row.
#[derive(Debug, QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) finished_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) last_error: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Jobs {
    pub(crate) database: Database,
}

impl Jobs {
    /// A database with `count` jobs. It is dropped with the first returned value.
    pub(crate) async fn with(count: usize) -> (TestDatabase, Self) {
        let test = testkit::database("leases", async |url| {
            let mut conn = database(&url).get().await?;
            conn.batch_execute(TABLES).await?;
            Ok::<_, Error>(())
        })
        .await;
        let jobs = Self::at(&test.url);
        for _ in 0..count {
            jobs.sql("INSERT INTO jobs DEFAULT VALUES").await;
        }
        (test, jobs)
    }

    /// The same jobs over separate connections.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            database: database(url),
        }
    }

    pub(crate) async fn sql(&self, sql: &str) {
        let mut conn = self.database.get().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn lease(&self, limit: usize, time: Duration) -> Result<Vec<Job>, Error> {
        let mut conn = self.database.get().await?;
        let select = "SELECT leased.id, attempts, name AS customer
                      FROM leased JOIN customers ON customers.id = leased.customer";
        JOBS.lease(&mut conn, limit, time, select).await
    }

    /// Finishes a job; returns whether this call did so.
    pub(crate) async fn finish(&self, job: &Job, by: By, who: &str) -> bool {
        let mut conn = self.database.get().await.unwrap();
        let finish = JOBS.finish(job.lease(), by, "finished_by = $4");
        let finished = finish.bind::<Text, _>(who).execute(&mut conn).await;
        finished.unwrap() == 1
    }

    pub(crate) async fn postpone(&self, job: &Job, delay: Duration) -> bool {
        let mut conn = self.database.get().await.unwrap();
        let postpone = JOBS.postpone(job.lease(), delay, Some("busy"), &[]);
        postpone.execute(&mut conn).await.unwrap() == 1
    }

    pub(crate) async fn row(&self) -> Row {
        let mut conn = self.database.get().await.unwrap();
        let row = sql_query("SELECT finished_by, last_error FROM jobs");
        row.get_result(&mut conn).await.unwrap()
    }
}

fn database(url: &str) -> Database {
    Database::new(&DatabaseConfig::at(url.into())).unwrap()
}
