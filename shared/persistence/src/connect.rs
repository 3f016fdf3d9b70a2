//! One new connection, set up the way every connection of the house is.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

use crate::error::Error;

/// Opens a connection and sets its statement time-out (0: leave it to the role).
pub(crate) async fn connect(
    url: &str,
    statement_timeout_ms: u64,
) -> ConnectionResult<AsyncPgConnection> {
    let mut conn = AsyncPgConnection::establish(url).await?;
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
