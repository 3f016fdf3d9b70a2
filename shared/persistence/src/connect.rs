//! Opens connections with the settings that all connections have.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::{Instant, sleep};
use tokio_postgres::{Config, NoTls};

use crate::error::Error;

/// A connection to an unresponsive server is closed after about this time. The statement timeout does
/// not help then, because the server enforces it.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(15);
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// The same for the server: the locks of an unreachable client must not be kept for two hours, the
/// default of TCP keepalive.
const SERVER_PROBES: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3";
/// Milliseconds a session may be idle in a transaction, so that a frozen process does not keep its locks.
const MAX_IDLE_MS: u64 = 10_000;

/// A connection for the pool with this statement timeout. 0: without session settings, because behind
/// PgBouncer they would affect other clients.
pub(crate) async fn connect_pooled(
    url: &str,
    statement_timeout_ms: u64,
) -> ConnectionResult<AsyncPgConnection> {
    if statement_timeout_ms == 0 {
        return connect(url, "").await;
    }
    let settings = format!(
        "SET statement_timeout = {statement_timeout_ms}; \
         SET idle_in_transaction_session_timeout = {MAX_IDLE_MS}; {SERVER_PROBES}"
    );
    connect(url, &settings).await
}

async fn connect(url: &str, settings: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut config: Config = url.parse().map_err(failed)?;
    config
        .keepalives_idle(PROBE_AFTER)
        .keepalives_interval(PROBE_EVERY)
        .tcp_user_timeout(TCP_USER_TIMEOUT);
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

/// A connection outside the pool, for work that needs a session.
pub(crate) async fn connect_within(
    url: &str,
    timeout: Duration,
) -> Result<AsyncPgConnection, Error> {
    tokio::time::timeout(timeout, connect(url, SERVER_PROBES))
        .await
        .map_err(|elapsed| Error::Unavailable(Box::new(elapsed)))?
        .map_err(|error| Error::Unavailable(Box::new(error)))
}

/// How long a one-time job waits for its database, which may have been started with it.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Parts of error messages of a running server for which a retry does not help.
const PERMANENT: [&str; 3] = [
    "does not exist",
    "authentication failed",
    "no pg_hba.conf entry",
];

/// A connection for a one-time job: retries for up to a minute while the server does not respond.
pub(crate) async fn connect_with_retries(url: &str) -> Result<AsyncPgConnection, Error> {
    let end = Instant::now() + START_TIMEOUT;
    let mut is_logged = false;
    loop {
        let error = match connect_within(url, ATTEMPT_TIMEOUT).await {
            Ok(conn) => return Ok(conn),
            Err(error) => error,
        };
        let cause = std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
        let is_permanent = PERMANENT.iter().any(|words| cause.contains(words));
        if is_permanent || Instant::now() + RETRY_INTERVAL >= end {
            return Err(error);
        }
        if !is_logged {
            tracing::info!(cause, "waiting for the database");
            is_logged = true;
        }
        sleep(RETRY_INTERVAL).await;
    }
}

/// The driver's message is only "error connecting to server", so the cause is appended.
fn failed(error: tokio_postgres::Error) -> ConnectionError {
    let mut message = error.to_string();
    if let Some(cause) = std::error::Error::source(&error) {
        message.push_str(": ");
        message.push_str(&cause.to_string());
    }
    ConnectionError::BadConnection(message)
}

/// The application name, for `pg_stat_activity`.
fn process_name() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "mercantile".to_owned())
}
