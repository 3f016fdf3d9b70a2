use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, ensure};
use contracts::user::v1::GetJwksRequest;
use contracts::user::v1::user_service_client::UserServiceClient;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::verified::Verified;
use super::{Caller, Claims, Config};
use crate::call::CallContext;
use crate::shutdown::Shutdown;
use crate::status::{KEYS_UNAVAILABLE, Reject, TOKEN_EXPIRED, TOKEN_INVALID};

/// A source that takes longer than this is treated as away.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Pauses between fetches as long as they fail.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(15);

type Source = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<String>> + Send + Sync>;
type KeysById = HashMap<String, DecodingKey>;

/// The public keys that access tokens are verified with. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    /// Of everything but the time.
    validation: Validation,
    leeway_s: i64,
    clock_offset_s: i64,
    known: RwLock<Arc<KeysById>>,
    verified: Verified,
    /// None: the keys never change.
    source: Option<Source>,
    unknown_key_interval: Duration,
    /// Held while fetching, so that one fetch serves everyone who waits. When it last began.
    last_fetch: tokio::sync::Mutex<Option<Instant>>,
}

impl Keys {
    /// Keys that `user` publishes by its `GetJwks` RPC: fetched in the background, refreshed
    /// periodically and when a token names an unknown key. While `user` is away, known keys stay.
    /// `user` is a client of it, such as an `upstream::Upstream`.
    #[must_use]
    pub fn remote<C>(config: &Config, user: C, shutdown: &Shutdown) -> Self
    where
        C: Service<Request<Body>, Response = Response<Body>, Error = Status>
            + Clone
            + Send
            + Sync
            + 'static,
        C::Future: Send,
    {
        let source = move || {
            let mut client = UserServiceClient::new(user.clone());
            async move {
                let answer = client.get_jwks(GetJwksRequest {}).await?;
                Ok(answer.into_inner().jwks_json)
            }
        };
        Self::from_source(config, source, shutdown)
    }

    /// Keys from a source of one's own: `user` reads them from its database. The source answers with
    /// a JWKS document and is asked like `GetJwks` is.
    #[must_use]
    pub fn from_source<F, Fut>(config: &Config, source: F, shutdown: &Shutdown) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<String>> + Send + 'static,
    {
        let source: Source = Box::new(move || source().boxed());
        let keys = Self::with(config, KeysById::new(), Some(source));
        let every = Duration::from_secs(config.refresh_s.max(1));
        let token = shutdown.token();
        let refreshing = keys.clone();
        shutdown.spawn("keys", async move {
            token
                .run_until_cancelled(refreshing.keep_fresh(every))
                .await
        });
        keys
    }

    /// Keys that never change.
    ///
    /// # Errors
    /// The text is not a JWKS document with at least one Ed25519 key.
    pub fn fixed(config: &Config, jwks_json: &str) -> anyhow::Result<Self> {
        Ok(Self::with(config, parse(jwks_json)?, None))
    }

    fn with(config: &Config, known: KeysById, source: Option<Source>) -> Self {
        if config.clock_offset_s != 0 {
            let seconds = config.clock_offset_s;
            tracing::warn!(
                seconds,
                "auth.clock_offset_s is set: tokens are checked by a wrong clock, on purpose"
            );
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Ours to check, because the library knows no clock but the machine's.
        validation.validate_exp = false;
        Self {
            inner: Arc::new(Inner {
                validation,
                leeway_s: i64::try_from(config.leeway_s).unwrap_or(i64::MAX),
                clock_offset_s: config.clock_offset_s,
                known: RwLock::new(Arc::new(known)),
                verified: Verified::new(),
                source,
                unknown_key_interval: Duration::from_secs(config.unknown_key_interval_s),
                last_fetch: tokio::sync::Mutex::new(None),
            }),
        }
    }

    /// True once tokens can be verified at all: what a readiness check asks.
    #[must_use]
    pub fn are_known(&self) -> bool {
        !self.known().is_empty()
    }

    /// Verifies an access token (without `Bearer `).
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with `TOKEN_EXPIRED` or `TOKEN_INVALID`; `UNAVAILABLE` with
    /// `KEYS_UNAVAILABLE` as long as no key could be fetched at all.
    pub async fn verify(&self, token: &str) -> Result<Caller, Reject> {
        let verified = &self.inner.verified;
        let now = kernel::Clock::system().now().timestamp();
        let now = now.saturating_add(self.inner.clock_offset_s);
        if let Some(caller) = verified.get(token, now) {
            return Ok(caller);
        }
        let header = decode_header(token).map_err(|_malformed| invalid())?;
        let Some(kid) = header.kid.filter(|_| header.alg == Algorithm::EdDSA) else {
            return Err(invalid());
        };
        let mut known = self.known();
        if !known.contains_key(&kid) {
            self.fetch_for(&kid).await;
            known = self.known();
        }
        let Some(key) = known.get(&kid) else {
            return Err(if known.is_empty() {
                unavailable()
            } else {
                invalid()
            });
        };
        match decode::<Claims>(token, key, &self.inner.validation) {
            Ok(good) if good.claims.exp.saturating_add(self.inner.leeway_s) < now => Err(expired()),
            Ok(good) => {
                let caller = good.claims.caller();
                verified.put(token, caller, good.claims.exp);
                Ok(caller)
            }
            Err(_invalid) => Err(invalid()),
        }
    }

    /// Fetches the keys now: `user` calls it after a rotation.
    ///
    /// # Errors
    /// The source is away or its answer is not a JWKS document. Known keys stay.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let mut last_fetch = self.inner.last_fetch.lock().await;
        *last_fetch = Some(Instant::now());
        self.fetch().await
    }

    fn known(&self) -> Arc<KeysById> {
        let known = self.inner.known.read();
        Arc::clone(&known.unwrap_or_else(PoisonError::into_inner))
    }

    async fn fetch_for(&self, kid: &str) {
        let mut last_fetch = self.inner.last_fetch.lock().await;
        let known = self.known();
        if known.contains_key(kid) {
            return; // someone else fetched it while we waited
        }
        let pause = if known.is_empty() {
            FIRST_RETRY
        } else {
            self.inner.unknown_key_interval
        };
        if last_fetch.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        *last_fetch = Some(Instant::now());
        if let Err(error) = self.fetch().await {
            tracing::debug!(
                cause = format!("{error:#}"),
                "cannot fetch keys for a token"
            );
        }
    }

    async fn fetch(&self) -> anyhow::Result<()> {
        let Some(source) = &self.inner.source else {
            return Ok(());
        };
        // Not on behalf of the caller whose token is in question.
        let fetching = CallContext::new(FETCH_TIMEOUT).scope(source());
        let document = tokio::time::timeout(FETCH_TIMEOUT, fetching)
            .await
            .context("no answer in time")??;
        let keys = Arc::new(parse(&document)?);
        let mut known = self
            .inner
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = keys;
        self.inner.verified.clear(); // a key that is gone takes its tokens along
        Ok(())
    }

    async fn keep_fresh(&self, every: Duration) {
        let mut retry = FIRST_RETRY;
        let mut failing = false;
        loop {
            let pause = match self.refresh().await {
                Ok(()) => {
                    if failing {
                        tracing::info!("public keys can be fetched again");
                    }
                    failing = false;
                    retry = FIRST_RETRY;
                    every
                }
                Err(error) => {
                    if !failing {
                        let cause = format!("{error:#}");
                        tracing::warn!(cause, "cannot fetch public keys, known ones stay valid");
                    }
                    failing = true;
                    retry = (retry * 2).min(LAST_RETRY);
                    retry.mul_f64(rand::random_range(0.5..1.0))
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// Ed25519 keys by their id; others are left out.
fn parse(jwks_json: &str) -> anyhow::Result<KeysById> {
    let set: JwkSet = serde_json::from_str(jwks_json).context("not a JWKS document")?;
    let mut keys = KeysById::new();
    for jwk in &set.keys {
        let AlgorithmParameters::OctetKeyPair(pair) = &jwk.algorithm else {
            continue;
        };
        if let (EllipticCurve::Ed25519, Some(kid)) = (&pair.curve, &jwk.common.key_id) {
            keys.insert(kid.clone(), DecodingKey::from_jwk(jwk)?);
        }
    }
    ensure!(!keys.is_empty(), "the JWKS document holds no Ed25519 key");
    Ok(keys)
}

fn invalid() -> Reject {
    Reject::unauthenticated(
        TOKEN_INVALID,
        "the access token is not valid, sign in again",
    )
}

fn expired() -> Reject {
    Reject::unauthenticated(TOKEN_EXPIRED, "the access token has expired, refresh it")
}

fn unavailable() -> Reject {
    let message = "sign-ins cannot be checked right now, try again soon";
    Reject::unavailable(KEYS_UNAVAILABLE, message).retry_after(Duration::from_secs(1))
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known();
        let ids: Vec<&String> = known.keys().collect();
        formatter.debug_struct("Keys").field("known", &ids).finish()
    }
}
