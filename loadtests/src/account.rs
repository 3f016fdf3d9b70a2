use std::time::Duration;

use goose::prelude::{GooseUser, TransactionResult};
use serde_json::json;
use tokio::time::Instant;

use client::Answer;

use crate::exchange::{Ask, ask};
use crate::town::Town;

const USERS: &str = "/api/v1/users";
const SESSIONS: &str = "/api/v1/sessions";
const REFRESH: &str = "/api/v1/sessions/refresh";
/// Everybody may know it: these accounts buy nothing that is real.
const PASSWORD: &str = "a-load-test-has-no-secrets";
/// Access tokens live for 15 minutes.
const RENEW_AFTER: Duration = Duration::from_secs(600);

/// An account that is the same in every run, so that runs do not leave more and more accounts behind.
#[derive(Debug)]
pub(crate) struct Account {
    email: String,
    session: Option<Session>,
}

#[derive(Debug)]
struct Session {
    access: String,
    refresh: String,
    since: Instant,
}

impl Account {
    pub(crate) fn new(prefix: &str, number: u64) -> Self {
        Self {
            email: format!("{prefix}-{number}@example.com"),
            session: None,
        }
    }

    /// The access token, when signed in.
    pub(crate) fn token(&self) -> Option<String> {
        self.session.as_ref().map(|session| session.access.clone())
    }

    /// Signs in, registers before that when the account is not there yet, and renews a session that has
    /// become old.
    pub(crate) async fn sign_in(&mut self, user: &mut GooseUser, town: &Town) -> TransactionResult {
        if let Some(session) = self.session.take_if(|session| session.is_old()) {
            let token = json!({"refresh_token": session.refresh});
            let reply = ask(user, town, Ask::post(REFRESH, REFRESH, token)).await?;
            self.session = Session::read(&reply);
        }
        if self.session.is_some() || !town.sign_ins.turn().await {
            return Ok(());
        }
        let mut first = Ask::post(SESSIONS, SESSIONS, self.credentials());
        first.fine = &[401];
        let mut reply = ask(user, town, first).await?;
        if reply.status == 401 {
            let name =
                json!({"email": self.email, "password": PASSWORD, "display_name": "Load Test"});
            ask(user, town, Ask::post(USERS, USERS, name)).await?;
            town.tally.note("accounts opened");
            reply = ask(
                user,
                town,
                Ask::post(SESSIONS, SESSIONS, self.credentials()),
            )
            .await?;
        }
        self.session = Session::read(&reply);
        Ok(())
    }

    fn credentials(&self) -> serde_json::Value {
        json!({"email": self.email, "password": PASSWORD})
    }
}

impl Session {
    fn read(reply: &Answer) -> Option<Self> {
        let access = reply.text("/access_token");
        (!access.is_empty()).then(|| Self {
            access,
            refresh: reply.text("/refresh_token"),
            since: Instant::now(),
        })
    }

    fn is_old(&self) -> bool {
        self.since.elapsed() > RENEW_AFTER
    }
}
