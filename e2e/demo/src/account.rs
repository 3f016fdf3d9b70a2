//! An account that stays signed in.

use std::time::Duration;

use anyhow::{Result, ensure};
use client::{Answer, Request};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::api::Api;

/// Shorter than the access tokens of customers live (900 s) and those of staff (300 s), and than a second factor counts
/// as recent (300 s).
const CUSTOMER_RENEWAL: Duration = Duration::from_secs(600);
const STAFF_RENEWAL: Duration = Duration::from_secs(240);
/// Not secret: the accounts exist in demos only.
const PASSWORD: &str = "a-demo-has-no-secrets";
/// The demo staff account that `user seed` creates.
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");

/// An account of a customer, or the demo staff account.
#[derive(Debug)]
pub(crate) struct Account {
    api: Api,
    email: String,
    /// Of an account that this program registers; none for staff.
    name: Option<String>,
    session: Mutex<Option<Session>>,
}

#[derive(Debug)]
struct Session {
    access_token: String,
    refresh_token: String,
    since: Instant,
}

impl Account {
    /// The same account in every run, so that the number of accounts does not grow.
    pub(crate) fn customer(api: Api, number: usize) -> Self {
        Self {
            api,
            email: format!("demo-{number}@example.com"),
            name: Some(name(number)),
            session: Mutex::default(),
        }
    }

    pub(crate) fn staff(api: Api) -> Self {
        Self {
            api,
            email: STAFF.0.to_owned(),
            name: None,
            session: Mutex::default(),
        }
    }

    /// Sends a request as this account; the answer is a success.
    ///
    /// # Errors
    /// The account cannot sign in, or the answer is a problem.
    pub(crate) async fn succeed(&self, request: Request) -> Result<Answer> {
        let request = request.token(self.token().await?);
        self.api.succeed(&request).await
    }

    /// The access token, which is renewed before it expires.
    async fn token(&self) -> Result<String> {
        let mut session = self.session.lock().await;
        let lifetime = match self.name {
            Some(_) => CUSTOMER_RENEWAL,
            None => STAFF_RENEWAL,
        };
        if let Some(session) = session
            .as_ref()
            .filter(|one| one.since.elapsed() < lifetime)
        {
            return Ok(session.access_token.clone());
        }
        let opened = match session.take() {
            Some(old) => self.refresh(old).await?,
            None => self.sign_in().await?,
        };
        let token = opened.access_token.clone();
        *session = Some(opened);
        Ok(token)
    }

    async fn refresh(&self, old: Session) -> Result<Session> {
        let token = json!({"refresh_token": old.refresh_token});
        let answer = self
            .api
            .send(&Request::post("/sessions/refresh", token))
            .await?;
        match answer.is_success() {
            true => self.open(&answer).await,
            // After a lost answer the token was used.
            false => self.sign_in().await,
        }
    }

    /// Registers, which changes nothing if an earlier run did, and signs in.
    async fn sign_in(&self) -> Result<Session> {
        let password = match &self.name {
            Some(name) => {
                let account =
                    json!({"email": self.email, "password": PASSWORD, "display_name": name});
                self.api.succeed(&Request::post("/users", account)).await?;
                PASSWORD
            }
            None => STAFF.1,
        };
        let credentials = json!({"email": self.email, "password": password});
        let answer = self
            .api
            .succeed(&Request::post("/sessions", credentials))
            .await?;
        self.open(&answer).await
    }

    /// The session of an answer; staff prove their second factor in it.
    async fn open(&self, answer: &Answer) -> Result<Session> {
        let mut access_token = answer.text("/access_token");
        if self.name.is_none() {
            let proved = self.api.client.step_up(&access_token).await?;
            ensure!(
                proved.is_success(),
                "the demo staff account cannot prove its second factor: {} {}",
                proved.status,
                proved.problem()
            );
            access_token = proved.text("/access_token");
        }
        Ok(Session {
            access_token,
            refresh_token: answer.text("/refresh_token"),
            since: Instant::now(),
        })
    }
}

/// A name for people who read the pages.
fn name(number: usize) -> String {
    const FIRST: [&str; 8] = [
        "Amina", "Bruno", "Chiara", "Daan", "Elif", "Farid", "Greta", "Hugo",
    ];
    const LAST: [&str; 5] = ["Almeida", "Bakker", "Conti", "Demir", "Eriksson"];
    let of = |names: &[&'static str], index: usize| {
        names.get(index % names.len()).copied().unwrap_or_default()
    };
    format!("{} {}", of(&FIRST, number), of(&LAST, number / FIRST.len()))
}
