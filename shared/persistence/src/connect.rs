//! Opens connections with the settings that all connections have.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::server::Server;

/// The server probes its clients, as `Server` does the server: the locks of an unreachable client must not be kept for
/// two hours, the default of TCP keepalive.
const SERVER_PROBES: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3";
/// Milliseconds a session may be idle in a transaction, so that a frozen process does not keep its locks.
const MAX_IDLE_MS: u64 = 10_000;

/// A connection for the pool with this statement timeout. 0: without session settings, because behind
/// PgBouncer they would affect other clients.
pub(crate) async fn connect_pooled(
    server: &Server,
    statement_timeout_ms: u64,
) -> ConnectionResult<AsyncPgConnection> {
    if statement_timeout_ms == 0 {
        return connect(server, "").await;
    }
    let settings = format!(
        "SET statement_timeout = {statement_timeout_ms}; \
         SET idle_in_transaction_session_timeout = {MAX_IDLE_MS}; {SERVER_PROBES}"
    );
    connect(server, &settings).await
}

async fn connect(server: &Server, settings: &str) -> ConnectionResult<AsyncPgConnection> {
    let connected = server.connect().await;
    let (client, connection) = connected.map_err(ConnectionError::BadConnection)?;
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
    server: &Server,
    timeout: Duration,
) -> Result<AsyncPgConnection, Error> {
    tokio::time::timeout(timeout, connect(server, SERVER_PROBES))
        .await
        .map_err(|elapsed| Error::Unavailable(Box::new(elapsed)))?
        .map_err(|error| Error::Unavailable(Box::new(error)))
}

/// How long a one-time job waits for its database, which may have been started with it.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Parts of error messages of a running server for which a retry does not help.
const PERMANENT: [&str; 5] = [
    "certificate verify failed",
    "server does not support TLS",
    "does not exist",
    "authentication failed",
    "no pg_hba.conf entry",
];

/// A connection for a one-time job: retries for up to a minute while the server does not respond.
pub(crate) async fn connect_with_retries(server: &Server) -> Result<AsyncPgConnection, Error> {
    let end = Instant::now() + START_TIMEOUT;
    let mut is_logged = false;
    loop {
        let error = match connect_within(server, ATTEMPT_TIMEOUT).await {
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
