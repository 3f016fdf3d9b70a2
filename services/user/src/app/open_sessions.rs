//! The sessions of a caller: listed, and ended one by one or all others at once.

use tokens::List;
use uuid::Uuid;

use super::App;
use super::page_size::page_size;
use crate::domain::{self, AccountEvent, Caller, OpenSession};
use crate::failure::Failure;

impl App {
    /// A page of the caller's live sessions, newest first, and the token of the next page.
    ///
    /// # Errors
    /// `SessionInvalid`, `PageTokenInvalid`, `Invalid`.
    pub(crate) async fn open_sessions(
        &self,
        caller: Caller,
        size: u32,
        page_token: &str,
    ) -> Result<(Vec<OpenSession>, Option<String>), Failure> {
        self.account_of_caller(caller).await?;
        let list = List::new("user.v1.AccountService/ListSessions", &caller.user);
        let after = self.pages.after(&list, page_token);
        let after: Option<Uuid> = after.map_err(domain::Error::from)?;
        let (user, now, size) = (caller.user, self.clock.now(), page_size(size)?);
        let (sessions, more) = self.store.open_sessions(user, after, size, now).await?;
        let last = sessions.last().filter(|_| more);
        let next = last.map(|last| self.pages.next(&list, &last.id));
        Ok((sessions, next))
    }

    /// Ends one of the caller's sessions, and notifies the owner.
    ///
    /// # Errors
    /// `SessionInvalid`; `SessionNotFound`, also for a session of someone else and for one that has ended.
    pub(crate) async fn end_own_session(&self, caller: Caller, id: Uuid) -> Result<(), Failure> {
        let (app, now) = (self.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            app.store.lock_caller(conn, caller, now).await?;
            let ended = app.store.end_session_of(conn, caller.user, id, now).await?;
            if !ended {
                return Err(domain::Error::SessionNotFound.into());
            }
            // A sign-out needs no notice.
            if id != caller.session {
                app.notify_of_account(conn, caller.user, AccountEvent::SessionsEnded)
                    .await?;
            }
            Ok::<_, Failure>(())
        });
        Box::pin(work).await?;
        self.wake_email_sender();
        Ok(())
    }

    /// Ends all sessions of the caller but this one, and notifies the owner if there were others.
    ///
    /// # Errors
    /// `SessionInvalid`.
    pub(crate) async fn end_other_sessions(&self, caller: Caller) -> Result<(), Failure> {
        let (app, now) = (self.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            app.store.lock_caller(conn, caller, now).await?;
            let keep = Some(caller.session);
            let ended = app
                .store
                .end_sessions_of(conn, caller.user, keep, now)
                .await?;
            if ended > 0 {
                app.notify_of_account(conn, caller.user, AccountEvent::SessionsEnded)
                    .await?;
            }
            Ok::<_, Failure>(ended)
        });
        let ended = Box::pin(work).await?;
        self.wake_email_sender();
        tracing::info!(user_id = %caller.user, ended, "other sessions ended");
        Ok(())
    }
}
