//! One new connection, set up the way every connection of the house is.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::{Instant, sleep};
use tokio_postgres::{Config, NoTls};

use crate::error::Error;

/// A peer that does not answer at all is given up after about this long, whatever a
/// statement's own time-out is: that one is kept by the server.
const SILENCE: Duration = Duration::from_secs(15);
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// The same for the other side: a machine that vanished must not keep its locks for the
/// two hours that TCP waits by default.
const SERVER_PROBES: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3";
/// Nobody thinks that long in the middle of a transaction; a process that is frozen
/// there must not keep its locks.
const LONGEST_PAUSE_MS: u64 = 10_000;

/// A connection for the pool, with its statement time-out (0: leave every setting to
/// the role, since settings of a session do not belong to us behind PgBouncer).
pub(crate) async fn connect_pooled(
    url: &str,
    statement_timeout_ms: u64,
) -> ConnectionResult<AsyncPgConnection> {
    if statement_timeout_ms == 0 {
        return connect(url, "").await;
    }
    let settings = format!(
        "SET statement_timeout = {statement_timeout_ms}; \
         SET idle_in_transaction_session_timeout = {LONGEST_PAUSE_MS}; {SERVER_PROBES}"
    );
    connect(url, &settings).await
}

async fn connect(url: &str, settings: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut config: Config = url.parse().map_err(failed)?;
    config
        .keepalives_idle(PROBE_AFTER)
        .keepalives_interval(PROBE_EVERY)
        .tcp_user_timeout(SILENCE);
    if config.get_application_name().is_none() {
        config.application_name(process_name());
    }
    let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
    let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    if !settings.is_empty() {
        conn.batch_execute(settings)
            .await
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(conn)
}

/// A connection outside the pool, for what needs a session of its own.
pub(crate) async fn connect_within(
    url: &str,
    timeout: Duration,
) -> Result<AsyncPgConnection, Error> {
    tokio::time::timeout(timeout, connect(url, SERVER_PROBES))
        .await
        .map_err(|elapsed| Error::Unavailable(Box::new(elapsed)))?
        .map_err(|error| Error::Unavailable(Box::new(error)))
}

/// How long a job that runs once waits for its database, which may have been started a moment ago, too.
const PATIENCE: Duration = Duration::from_secs(60);
const TRY_FOR: Duration = Duration::from_secs(10);
const TRY_EVERY: Duration = Duration::from_millis(500);
/// What a server says that answers, and will not say anything else in a minute.
const FOR_GOOD: [&str; 3] = [
    "does not exist",
    "authentication failed",
    "no pg_hba.conf entry",
];

/// The same for jobs that run once: asks again for a minute while nobody answers.
pub(crate) async fn connect_patiently(url: &str) -> Result<AsyncPgConnection, Error> {
    let end = Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        let error = match connect_within(url, TRY_FOR).await {
            Ok(conn) => return Ok(conn),
            Err(error) => error,
        };
        let cause = std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
        let for_good = FOR_GOOD.iter().any(|words| cause.contains(words));
        if for_good || Instant::now() + TRY_EVERY >= end {
            return Err(error);
        }
        if !told {
            tracing::info!(cause, "the database does not answer yet, waiting for it");
            told = true;
        }
        sleep(TRY_EVERY).await;
    }
}

/// The driver's own message is only "error connecting to server"; its cause says why.
fn failed(error: tokio_postgres::Error) -> ConnectionError {
    let mut message = error.to_string();
    if let Some(cause) = std::error::Error::source(&error) {
        message.push_str(": ");
        message.push_str(&cause.to_string());
    }
    ConnectionError::BadConnection(message)
}

/// Who is connected, for `pg_stat_activity`.
fn process_name() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "mercantile".to_owned())
}
