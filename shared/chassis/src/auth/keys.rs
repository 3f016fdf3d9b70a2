use std::future::Future;
use std::sync::Arc;

use super::{Caller, Config};
use crate::grpc::Upstream;
use crate::reject::Reject;
use crate::shutdown::Shutdown;

/// The public keys that access tokens are verified with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {}

impl Keys {
    /// Keys that `user` publishes by its `GetJwks` RPC: fetched in the background, refreshed
    /// periodically and when a token names an unknown key. While `user` is away, known keys stay.
    #[must_use]
    pub fn remote(config: &Config, user: Upstream, shutdown: &Shutdown) -> Self {
        let _ = (config, user, shutdown);
        Self { inner: Arc::new(Inner {}) }
    }

    /// Keys from a source of one's own: `user` reads them from its database. The source answers with
    /// a JWKS document and is asked like `GetJwks` is.
    #[must_use]
    pub fn from_source<F, Fut>(config: &Config, source: F, shutdown: &Shutdown) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<String>> + Send + 'static,
    {
        let _ = (config, source, shutdown);
        Self { inner: Arc::new(Inner {}) }
    }

    /// Keys that never change.
    ///
    /// # Errors
    /// The text is not a JWKS document with at least one Ed25519 key.
    pub fn fixed(config: &Config, jwks_json: &str) -> anyhow::Result<Self> {
        let _ = (config, jwks_json);
        Ok(Self { inner: Arc::new(Inner {}) })
    }

    /// Verifies an access token (without `Bearer `).
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with `TOKEN_EXPIRED` or `TOKEN_INVALID`; `UNAVAILABLE` with
    /// `KEYS_UNAVAILABLE` as long as no key could be fetched at all.
    pub async fn verify(&self, token: &str) -> Result<Caller, Reject> {
        let _ = (token, &self.inner);
        Err(super::token_missing())
    }
}
