//! One new connection, set up the way every connection of the house is.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio_postgres::{Config, NoTls};

use crate::error::Error;

/// A peer that does not answer at all is given up after about this long, whatever a
/// statement's own time-out is: that one is kept by the server.
const SILENCE: Duration = Duration::from_secs(15);
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// Opens a connection and sets its statement time-out (0: leave it to the role).
pub(crate) async fn connect(
    url: &str,
    statement_timeout_ms: u64,
) -> ConnectionResult<AsyncPgConnection> {
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
    if statement_timeout_ms > 0 {
        conn.batch_execute(&format!("SET statement_timeout = {statement_timeout_ms}"))
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
    tokio::time::timeout(timeout, connect(url, 0))
        .await
        .map_err(|elapsed| Error::Unavailable(Box::new(elapsed)))?
        .map_err(|error| Error::Unavailable(Box::new(error)))
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
