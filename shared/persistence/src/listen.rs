//! `LISTEN`: being told of something at the commit that caused it.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::StreamExt;

use crate::database::Database;
use crate::error::Error;

/// A session that waits for notifications on one channel.
pub struct Listener {
    session: AsyncPgConnection,
}

impl Database {
    /// Starts to listen on `channel` (an SQL identifier, written by us, not by users).
    ///
    /// Through a pooler in transaction mode this hears nothing: set `direct_url`, and
    /// poll as well.
    ///
    /// # Errors
    /// When no session can be opened.
    pub async fn listen(&self, channel: &'static str) -> Result<Listener, Error> {
        let mut session = self.session().await?;
        session.batch_execute(&format!("LISTEN {channel}")).await?;
        Ok(Listener { session })
    }
}

impl Listener {
    /// Waits for the next notification. Safe to cancel.
    ///
    /// # Errors
    /// `Unavailable` when the session broke; listen again then, and look at the
    /// tables first, since notifications may have been missed.
    pub async fn next(&mut self) -> Result<(), Error> {
        let mut notifications = std::pin::pin!(self.session.notifications_stream());
        match notifications.next().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(Error::Unavailable(Box::new(error))),
            None => Err(Error::Unavailable("the listening session ended".into())),
        }
    }
}
