use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::api::{Api, Request, Response};
use super::rng::Rng;

const FIRST_DELAY: Duration = Duration::from_millis(150);
const MAX_DELAY: Duration = Duration::from_secs(2);
/// Minimum time between two renewals: a process with clock skew rejects new tokens, too.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(2);

/// An account that stays signed in: a rejected access token is renewed.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) email: String,
    password: String,
    api: Api,
    session: Mutex<Session>,
    /// The demo staff account, which proves its second factor after each sign-in.
    is_staff: bool,
    rng: Rng,
    abort: CancellationToken,
}

#[derive(Debug, Default)]
struct Session {
    id: String,
    access_token: String,
    refresh_token: String,
    renewed_at: Option<Instant>,
}

impl Account {
    pub(super) fn new(
        api: Api,
        email: String,
        password: String,
        seed: u64,
        abort: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            email,
            password,
            api,
            session: Mutex::default(),
            is_staff: false,
            rng: Rng::new(seed),
            abort,
        })
    }

    /// The demo staff account.
    pub(super) fn staff(
        api: Api,
        (email, password): (String, String),
        seed: u64,
        abort: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            email,
            password,
            api,
            session: Mutex::default(),
            is_staff: true,
            rng: Rng::new(seed),
            abort,
        })
    }

    /// Registers the account and signs in.
    pub(super) async fn register(&self) -> Result<()> {
        let account = json!({
            "email": self.email, "password": self.password, "display_name": "Test Client",
        });
        let request = Request::post("/users", account);
        match self.retry_without_token(&request).await {
            // The answer is the same if an attempt with an unknown outcome registered it.
            Response::Done(_) => {}
            other => bail!("cannot register {}: {other:?}", self.email),
        }
        self.sign_in().await
    }

    /// Signs in with the password.
    pub(super) async fn sign_in(&self) -> Result<()> {
        let mut session = self.session.lock().await;
        match self.retry_without_token(&self.credentials()).await {
            Response::Done(answer) => session.read(&answer)?,
            other => bail!("cannot sign in {}: {other:?}", self.email),
        }
        self.step_up(&mut session).await;
        Ok(())
    }

    /// Staff have no permissions before. Without success, the next request is rejected, and renews the session.
    async fn step_up(&self, session: &mut Session) {
        if !self.is_staff {
            return;
        }
        if let Some(token) = self.api.step_up(&session.access_token).await {
            session.access_token = token;
        }
    }

    fn credentials(&self) -> Request {
        let credentials = json!({"email": self.email, "password": self.password});
        Request::post("/sessions", credentials)
    }

    /// The account's id.
    pub(super) async fn id(&self) -> String {
        self.session.lock().await.id.clone()
    }

    /// Repeats a request until its outcome is known. After `abort`, sends it once more and returns
    /// whatever comes.
    pub(super) async fn retry(&self, request: &Request) -> Response {
        let mut delay = FIRST_DELAY;
        loop {
            match self.send(request).await {
                Response::Unknown { .. } if self.abort.is_cancelled() => {
                    return self.send(request).await;
                }
                Response::Unknown { retry_after, .. } => {
                    self.back_off(retry_after, &mut delay).await;
                }
                response => return response,
            }
        }
    }

    /// Sends a request once. A rejected access token is renewed, and the outcome is unknown then.
    pub(super) async fn send(&self, request: &Request) -> Response {
        let token = self.session.lock().await.access_token.clone();
        match self.api.send(request, Some(&token)).await {
            Response::TokenRejected => {
                self.renew(&token).await;
                Response::Unknown {
                    reason: "the access token was rejected".to_owned(),
                    retry_after: None,
                }
            }
            response => response,
        }
    }

    /// Waits before the next attempt, and doubles `delay`.
    pub(super) async fn back_off(&self, retry_after: Option<Duration>, delay: &mut Duration) {
        let jitter = self.rng.pause(0, 150);
        tokio::select! {
            () = sleep(retry_after.unwrap_or(*delay).max(*delay) + jitter) => {}
            () = self.abort.cancelled() => {}
        }
        *delay = (*delay * 2).min(MAX_DELAY);
    }

    /// Replaces the access token `rejected`, unless a concurrent request has replaced it.
    async fn renew(&self, rejected: &str) {
        let mut session = self.session.lock().await;
        let is_recent = |at: Instant| at.elapsed() < RENEWAL_INTERVAL;
        if session.access_token != rejected || session.renewed_at.is_some_and(is_recent) {
            return;
        }
        session.renewed_at = Some(Instant::now());
        let refresh = Request::post(
            "/sessions/refresh",
            json!({"refresh_token": session.refresh_token}),
        );
        if let Response::Done(answer) = self.api.send(&refresh, None).await
            && session.read(&answer).is_ok()
        {
            self.step_up(&mut session).await;
            return;
        }
        // The refresh failed, or its answer was lost. The password works in both cases.
        if let Response::Done(answer) = self.api.send(&self.credentials(), None).await {
            // After an unreadable answer the session is unchanged, and the next attempt renews it.
            session.read(&answer).ok();
            self.step_up(&mut session).await;
        }
    }

    async fn retry_without_token(&self, request: &Request) -> Response {
        let mut delay = FIRST_DELAY;
        loop {
            match self.api.send(request, None).await {
                Response::Unknown { retry_after, .. } if !self.abort.is_cancelled() => {
                    self.back_off(retry_after, &mut delay).await;
                }
                response => return response,
            }
        }
    }
}

impl Session {
    fn read(&mut self, answer: &Value) -> Result<()> {
        let text = |pointer: &str| {
            let value = answer.pointer(pointer).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .with_context(|| format!("the session in the answer has no {pointer}"))
        };
        let (access, refresh) = (text("/access_token")?, text("/refresh_token")?);
        self.id = text("/user/id")?;
        self.access_token = access;
        self.refresh_token = refresh;
        Ok(())
    }
}
