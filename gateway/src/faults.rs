//! Faults of the payment provider's stand-in, for demonstrations. The sandbox ends each one by itself, so that none stays if
//! this process is restarted.

use std::{str::FromStr, time::Duration};

use actix_web::{HttpRequest, web::Data};
use anyhow::Context;
use chassis::config::rules::url_or_empty;
use chrono::{DateTime, Utc};
use garde::Validate;
use reqwest::{Client, Method, RequestBuilder, Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::edge::problem::{Problem, reasons};

/// Seconds after which a fault ends by itself.
pub(crate) const FAULT_S: u32 = 60;
/// Milliseconds that a slow provider takes longer.
const SLOW_MS: u32 = 2_000;
/// For a call of the sandbox's controls.
const TIMEOUT: Duration = Duration::from_secs(2);
const KEY_HEADER: &str = "Sandbox-Control-Key";

/// The `[faults]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Whether staff may inject faults for a demonstration.
    pub allowed: bool,
    /// The sandbox. Ignored without a key.
    #[garde(custom(url_or_empty(&["http", "https"])))]
    pub sandbox_url: String,
    /// The key of its controls; empty: no faults of the provider.
    pub sandbox_key: SecretString,
}

/// What staff may inject here.
pub(crate) struct Faults {
    /// Whether they may inject anything.
    pub(crate) allowed: bool,
    /// The sandbox; none without a key, or where faults are not allowed.
    pub(crate) provider: Option<Provider>,
}

impl Faults {
    /// # Errors
    /// The HTTP client cannot be created, or the URL is invalid.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let has_key = !config.sandbox_key.expose_secret().is_empty();
        let provider = (config.allowed && has_key).then(|| Provider::new(config));
        Ok(Self {
            allowed: config.allowed,
            provider: provider.transpose()?,
        })
    }
}

/// Whether staff may inject faults here.
pub(crate) fn are_allowed(request: &HttpRequest) -> bool {
    let faults = request.app_data::<Data<Faults>>();
    faults.is_some_and(|faults| faults.allowed)
}

/// How the provider behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// As it should.
    Healthy,
    /// Each call that changes something takes two seconds longer.
    Slow,
    /// It declines every card.
    DeclineAll,
    /// It acts, and cuts the connection without an answer.
    LoseAnswers,
}

impl Fault {
    /// The names in forms.
    pub(crate) const NAMES: [(&str, Self); 4] = [
        ("healthy", Self::Healthy),
        ("slow", Self::Slow),
        ("decline-all", Self::DeclineAll),
        ("lose-answers", Self::LoseAnswers),
    ];

    /// The body of the control.
    fn control(self) -> Value {
        match self {
            Self::Healthy => json!({}),
            Self::Slow => json!({"latency": {"before_ms": SLOW_MS}, "for_s": FAULT_S}),
            Self::DeclineAll => json!({"decline_all": true, "for_s": FAULT_S}),
            Self::LoseAnswers => json!({"lose": {"next": u32::MAX}, "for_s": FAULT_S}),
        }
    }

    fn read(faults: &Value) -> Self {
        let number = |pointer| faults.pointer(pointer).and_then(Value::as_u64);
        let is_positive = |pointer| number(pointer).is_some_and(|number| number > 0);
        if faults.pointer("/decline_all") == Some(&Value::Bool(true)) {
            Self::DeclineAll
        } else if is_positive("/lose/next") {
            Self::LoseAnswers
        } else if is_positive("/latency/before_ms") {
            Self::Slow
        } else {
            Self::Healthy
        }
    }
}

impl FromStr for Fault {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        found
            .map(|(_, fault)| fault)
            .ok_or("must be one of healthy, slow, decline-all, lose-answers")
    }
}

/// How the provider behaves now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProviderState {
    pub(crate) fault: Fault,
    /// When that ends; none if it is healthy, or stays.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// The controls of the sandbox.
pub(crate) struct Provider {
    http: Client,
    controls: Url,
    key: SecretString,
}

impl Provider {
    fn new(config: &Config) -> anyhow::Result<Self> {
        let url = Url::parse(&config.sandbox_url).context("faults.sandbox_url")?;
        Ok(Self {
            http: Client::builder()
                .timeout(TIMEOUT)
                // The key is for the sandbox only.
                .redirect(Policy::none())
                .no_proxy()
                .build()?,
            controls: url.join("/_sandbox/")?,
            key: config.sandbox_key.clone(),
        })
    }

    /// How it behaves.
    ///
    /// # Errors
    /// `UNAVAILABLE`: the sandbox does not answer, or refuses the key.
    pub(crate) async fn state(&self) -> Result<ProviderState, Problem> {
        self.call(Method::GET, "state?limit=1", |request| request)
            .await
    }

    /// Makes it behave like this for a minute, and ends every other fault.
    ///
    /// # Errors
    /// `UNAVAILABLE`: the sandbox does not answer, or refuses the key.
    pub(crate) async fn set(&self, fault: Fault) -> Result<ProviderState, Problem> {
        let body = fault.control();
        self.call(Method::POST, "faults", |request| request.json(&body))
            .await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        with_body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<ProviderState, Problem> {
        let answered = async {
            let request = self.http.request(method, self.controls.join(path)?);
            let request = request.header(KEY_HEADER, self.key.expose_secret());
            let answer = with_body(request).send().await?.error_for_status()?;
            anyhow::Ok(answer.json::<Value>().await?)
        };
        let answer = answered.await.map_err(|error| {
            tracing::warn!(%error, "the sandbox does not answer its controls");
            Problem::new(&reasons::UNAVAILABLE)
        })?;
        let faults = answer.get("faults").unwrap_or(&Value::Null);
        let until = faults.get("until").and_then(Value::as_str);
        Ok(ProviderState {
            fault: Fault::read(faults),
            until: until.and_then(|until| until.parse().ok()),
        })
    }
}
