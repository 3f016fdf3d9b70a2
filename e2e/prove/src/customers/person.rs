use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::api::{Api, Reply, Request};
use super::dice::Dice;

const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Tokens that a process does not believe are not renewed more often than this.
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// Somebody with an account, who stays signed in whatever happens.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) email: String,
    password: String,
    api: Api,
    session: Mutex<Session>,
    dice: Dice,
    give_up: CancellationToken,
}

#[derive(Debug, Default)]
struct Session {
    id: String,
    access: String,
    refresh: String,
    renewed: Option<Instant>,
}

impl Person {
    pub(super) fn new(
        api: Api,
        email: String,
        password: String,
        seed: u64,
        give_up: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            email,
            password,
            api,
            session: Mutex::default(),
            dice: Dice::new(seed),
            give_up,
        })
    }

    /// Opens the account and signs in.
    pub(super) async fn register(&self) -> Result<()> {
        let account = json!({
            "email": self.email, "password": self.password, "display_name": "Somebody",
        });
        match self.insist_unknown(&Request::post("/users", account)).await {
            Reply::Done(_) => {}
            Reply::Refused(problem) if problem == "email-taken" => {}
            other => bail!("cannot register {}: {other:?}", self.email),
        }
        self.sign_in().await
    }

    /// Signs in with the password.
    pub(super) async fn sign_in(&self) -> Result<()> {
        let mut session = self.session.lock().await;
        let credentials = json!({"email": self.email, "password": self.password});
        let reply = self
            .insist_unknown(&Request::post("/sessions", credentials))
            .await;
        match reply {
            Reply::Done(answer) => session.read(&answer),
            other => bail!("cannot sign in {}: {other:?}", self.email),
        }
    }

    /// The account's id.
    pub(super) async fn id(&self) -> String {
        self.session.lock().await.id.clone()
    }

    /// Asks until there is an answer that says something, or everybody gives up.
    pub(super) async fn insist(&self, request: &Request) -> Reply {
        let mut wait = FIRST_PAUSE;
        loop {
            match self.ask(request).await {
                Reply::Unclear { .. } if self.give_up.is_cancelled() => {
                    return self.ask(request).await;
                }
                Reply::Unclear { pause, .. } => self.rest(pause, &mut wait).await,
                reply => return reply,
            }
        }
    }

    /// Asks once, with a token that is good as far as one knows.
    pub(super) async fn ask(&self, request: &Request) -> Reply {
        let token = self.session.lock().await.access.clone();
        match self.api.send(request, Some(&token)).await {
            Reply::Stranger => {
                self.renew(&token).await;
                Reply::Unclear {
                    why: "the access token was refused".to_owned(),
                    pause: None,
                }
            }
            reply => reply,
        }
    }

    /// Pauses before asking again.
    pub(super) async fn rest(&self, asked: Option<Duration>, wait: &mut Duration) {
        let jitter = self.dice.pause(0, 150);
        tokio::select! {
            () = sleep(asked.unwrap_or(*wait).max(*wait) + jitter) => {}
            () = self.give_up.cancelled() => {}
        }
        *wait = (*wait * 2).min(LONGEST_PAUSE);
    }

    /// Gets another access token in place of `refused`, unless somebody has done so meanwhile.
    async fn renew(&self, refused: &str) {
        let mut session = self.session.lock().await;
        let lately = |at: Instant| at.elapsed() < RENEW_EVERY;
        if session.access != refused || session.renewed.is_some_and(lately) {
            return;
        }
        session.renewed = Some(Instant::now());
        let refresh = Request::post(
            "/sessions/refresh",
            json!({"refresh_token": session.refresh}),
        );
        if let Reply::Done(answer) = self.api.send(&refresh, None).await
            && session.read(&answer).is_ok()
        {
            return;
        }
        // The refresh token is good once: after an answer that was lost, only the password helps.
        let credentials = json!({"email": self.email, "password": self.password});
        let sign_in = Request::post("/sessions", credentials);
        if let Reply::Done(answer) = self.api.send(&sign_in, None).await {
            // An answer that cannot be read leaves the session as it was: the next try renews again.
            session.read(&answer).ok();
        }
    }

    async fn insist_unknown(&self, request: &Request) -> Reply {
        let mut wait = FIRST_PAUSE;
        loop {
            match self.api.send(request, None).await {
                Reply::Unclear { pause, .. } if !self.give_up.is_cancelled() => {
                    self.rest(pause, &mut wait).await;
                }
                reply => return reply,
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
                .with_context(|| format!("a session has {pointer}"))
        };
        let (access, refresh) = (text("/access_token")?, text("/refresh_token")?);
        self.id = text("/user/id")?;
        self.access = access;
        self.refresh = refresh;
        Ok(())
    }
}
