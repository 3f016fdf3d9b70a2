use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::user::v1::GetJwksRequest;
use contracts::user::v1::user_service_client::UserServiceClient;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::verified::Verified;
use super::{Caller, Claims, Config, MAX_TOKEN_LIFETIME_S};
use crate::shutdown::Shutdown;
use crate::status::{KEYS_UNAVAILABLE, Reject, TOKEN_EXPIRED, TOKEN_INVALID};

mod refresh;

type Source = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<String>> + Send + Sync>;
type KeysById = HashMap<String, DecodingKey>;

/// The keys of a JWKS document, and the tokens that they verified: with a key, its tokens go.
struct KeySet {
    document: String,
    keys: KeysById,
    verified: Verified,
}

impl KeySet {
    fn new(document: String, keys: KeysById) -> Self {
        Self {
            document,
            keys,
            verified: Verified::new(),
        }
    }
}

/// The public keys with which access tokens are verified. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    /// Checks everything except the expiry.
    validation: Validation,
    leeway_s: i64,
    clock_offset_s: i64,
    current: RwLock<Arc<KeySet>>,
    /// `None`: the keys never change.
    source: Option<Source>,
    unknown_key_interval: Duration,
    /// When the last fetch began. Locked during a fetch, so that one fetch serves all waiting calls.
    last_fetch: tokio::sync::Mutex<Option<Instant>>,
}

impl Keys {
    /// Keys that `user` publishes with its RPC `GetJwks`: fetched in the background, periodically
    /// and when a token names an unknown key. While `user` is unavailable, fetched keys stay valid.
    /// The argument `user` is a client such as an `upstream::Upstream`.
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

    /// Keys from another source; `user` reads them from its database. The source returns a JWKS
    /// document and is called whenever keys are fetched.
    #[must_use]
    pub fn from_source<F, Fut>(config: &Config, source: F, shutdown: &Shutdown) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<String>> + Send + 'static,
    {
        let source: Source = Box::new(move || source().boxed());
        let keys = Self::with(
            config,
            KeySet::new(String::new(), KeysById::new()),
            Some(source),
        );
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
        Ok(Self::with(
            config,
            refresh::parse(jwks_json.to_owned())?,
            None,
        ))
    }

    fn with(config: &Config, keys: KeySet, source: Option<Source>) -> Self {
        if config.clock_offset_s != 0 {
            let seconds = config.clock_offset_s;
            tracing::warn!(
                seconds,
                "auth.clock_offset_s is set: tokens are verified with an offset clock"
            );
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // `verify` checks the expiry, because the library cannot use an offset clock.
        validation.validate_exp = false;
        Self {
            inner: Arc::new(Inner {
                validation,
                leeway_s: i64::try_from(config.leeway_s).unwrap_or(i64::MAX),
                clock_offset_s: config.clock_offset_s,
                current: RwLock::new(Arc::new(keys)),
                source,
                unknown_key_interval: Duration::from_secs(config.unknown_key_interval_s),
                last_fetch: tokio::sync::Mutex::new(None),
            }),
        }
    }

    /// True once at least one key was fetched; for a readiness check.
    #[must_use]
    pub fn are_loaded(&self) -> bool {
        !self.current().keys.is_empty()
    }

    /// Verifies an access token (without `Bearer `).
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with `TOKEN_EXPIRED` or `TOKEN_INVALID`; `UNAVAILABLE` with
    /// `KEYS_UNAVAILABLE` while no key could be fetched.
    pub async fn verify(&self, token: &str) -> Result<Caller, Reject> {
        let mut current = self.current();
        let now = kernel::Clock::system().now().timestamp();
        let now = now.saturating_add(self.inner.clock_offset_s);
        if let Some(caller) = current.verified.get(token, now) {
            return Ok(caller);
        }
        let header = decode_header(token).map_err(|_malformed| invalid())?;
        let Some(kid) = header.kid.filter(|_| header.alg == Algorithm::EdDSA) else {
            return Err(invalid());
        };
        if !current.keys.contains_key(&kid) {
            self.fetch_for(&kid).await;
            current = self.current();
        }
        let Some(key) = current.keys.get(&kid) else {
            return Err(if current.keys.is_empty() {
                unavailable()
            } else {
                invalid()
            });
        };
        match decode::<Claims>(token, key, &self.inner.validation) {
            Ok(good) if good.claims.exp.saturating_add(self.inner.leeway_s) < now => Err(expired()),
            Ok(good) if !self.is_short_lived(&good.claims, now) => Err(invalid()),
            Ok(good) => {
                let caller = good.claims.caller();
                current.verified.put(token, caller, good.claims.exp);
                Ok(caller)
            }
            Err(_invalid) => Err(invalid()),
        }
    }

    /// Whether the token ends soon enough after its issue, and after now: `iat` alone proves nothing if the
    /// key was stolen.
    fn is_short_lived(&self, claims: &Claims, now: i64) -> bool {
        let latest = now
            .saturating_add(MAX_TOKEN_LIFETIME_S)
            .saturating_add(self.inner.leeway_s);
        claims.exp.saturating_sub(claims.iat) <= MAX_TOKEN_LIFETIME_S && claims.exp <= latest
    }

    fn current(&self) -> Arc<KeySet> {
        let keys = self.inner.current.read();
        Arc::clone(&keys.unwrap_or_else(PoisonError::into_inner))
    }
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
    let message = "access tokens cannot be verified right now, try again soon";
    Reject::unavailable(KEYS_UNAVAILABLE, message).retry_after(Duration::from_secs(1))
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current();
        let ids: Vec<&String> = current.keys.keys().collect();
        formatter.debug_struct("Keys").field("ids", &ids).finish()
    }
}
