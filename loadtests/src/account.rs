use std::time::Duration;

use goose::prelude::{GooseUser, TransactionResult};
use serde_json::json;
use tokio::time::Instant;

use client::Answer;

use crate::fixture::Fixture;
use crate::request::{ApiRequest, send};

const USERS: &str = "/api/v1/users";
const SESSIONS: &str = "/api/v1/sessions";
const REFRESH: &str = "/api/v1/sessions/refresh";
/// Not secret: the accounts are for load tests only.
const PASSWORD: &str = "a-load-test-has-no-secrets";
/// Before access tokens expire, which is after 15 minutes.
const REFRESH_AFTER: Duration = Duration::from_secs(600);

/// A buyer's account. It is the same in every run, so that the number of accounts does not grow.
#[derive(Debug)]
pub(crate) struct Account {
    email: String,
    is_registered: bool,
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
            is_registered: false,
            session: None,
        }
    }

    /// The access token, if signed in.
    pub(crate) fn token(&self) -> Option<String> {
        self.session.as_ref().map(|session| session.access.clone())
    }

    /// Registers, which changes nothing if an earlier run did; signs in; refreshes an old session.
    pub(crate) async fn sign_in(
        &mut self,
        user: &mut GooseUser,
        fixture: &Fixture,
    ) -> TransactionResult {
        if let Some(session) = self.session.take_if(|session| session.is_old()) {
            let token = json!({"refresh_token": session.refresh});
            let answer = send(user, fixture, ApiRequest::post(REFRESH, REFRESH, token)).await?;
            self.session = Session::read(&answer);
        }
        if self.session.is_some() || !fixture.sign_ins.acquire().await {
            return Ok(());
        }
        // The answer does not reveal whether the account exists, and a failed sign-in counts.
        if !self.is_registered {
            let registration =
                json!({"email": self.email, "password": PASSWORD, "display_name": "Load Test"});
            send(user, fixture, ApiRequest::post(USERS, USERS, registration)).await?;
            fixture.counters.other("registrations");
            self.is_registered = true;
        }
        let sign_in = ApiRequest::post(SESSIONS, SESSIONS, self.credentials());
        let answer = send(user, fixture, sign_in).await?;
        self.session = Session::read(&answer);
        Ok(())
    }

    fn credentials(&self) -> serde_json::Value {
        json!({"email": self.email, "password": PASSWORD})
    }
}

impl Session {
    fn read(answer: &Answer) -> Option<Self> {
        let access = answer.text("/access_token");
        (!access.is_empty()).then(|| Self {
            access,
            refresh: answer.text("/refresh_token"),
            since: Instant::now(),
        })
    }

    fn is_old(&self) -> bool {
        self.since.elapsed() > REFRESH_AFTER
    }
}
