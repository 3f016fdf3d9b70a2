//! Fetches the keys: in the background, and when a token names an unknown one.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use tokio::time::Instant;

use super::{KeySet, Keys, KeysById};
use crate::call::CallContext;

/// A source that takes longer counts as unavailable.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Shortest and longest pause between fetches while they fail.
const MIN_RETRY: Duration = Duration::from_millis(250);
const MAX_RETRY: Duration = Duration::from_secs(15);

impl Keys {
    /// Fetches the keys now: `user` calls it after a rotation.
    ///
    /// # Errors
    /// The source is unavailable or does not return a JWKS document. The current keys stay.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let mut last_fetch = self.inner.last_fetch.lock().await;
        *last_fetch = Some(Instant::now());
        self.fetch().await
    }

    pub(super) async fn fetch_for(&self, kid: &str) {
        let mut last_fetch = self.inner.last_fetch.lock().await;
        let current = self.current();
        if current.keys.contains_key(kid) {
            return; // fetched by another call while this one waited for the lock
        }
        let pause = if current.keys.is_empty() {
            MIN_RETRY
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
        // With a new context: without the caller's deadline and unverified token.
        let fetching = CallContext::new(FETCH_TIMEOUT).scope(source());
        let document = tokio::time::timeout(FETCH_TIMEOUT, fetching)
            .await
            .context("no response in time")??;
        if self.current().document == document {
            return Ok(());
        }
        let keys = Arc::new(parse(document)?);
        let mut current = self
            .inner
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = keys;
        Ok(())
    }

    pub(super) async fn keep_fresh(&self, every: Duration) {
        let mut retry = MIN_RETRY;
        let (mut failing, mut warned) = (false, false);
        loop {
            let pause = match self.refresh().await {
                Ok(()) => {
                    if failing {
                        tracing::info!("public keys fetched");
                    }
                    failing = false;
                    retry = MIN_RETRY;
                    every
                }
                Err(error) => {
                    let cause = format!("{error:#}");
                    match self.current().keys.is_empty() {
                        false if !failing => tracing::warn!(
                            cause,
                            "cannot fetch public keys, the current ones stay valid"
                        ),
                        // Processes start in any order: `user` may need a moment.
                        true if !failing => tracing::info!(cause, "waiting for the public keys"),
                        true if !warned && retry == MAX_RETRY => {
                            warned = true;
                            tracing::warn!(cause, "no public keys: calls with a token fail");
                        }
                        _ => {}
                    }
                    failing = true;
                    retry = (retry * 2).min(MAX_RETRY);
                    retry.mul_f64(rand::random_range(0.5..1.0))
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// The Ed25519 keys by their id; other keys are ignored.
pub(super) fn parse(document: String) -> anyhow::Result<KeySet> {
    let set: JwkSet = serde_json::from_str(&document).context("not a JWKS document")?;
    let mut keys = KeysById::new();
    for jwk in &set.keys {
        let AlgorithmParameters::OctetKeyPair(pair) = &jwk.algorithm else {
            continue;
        };
        if let (EllipticCurve::Ed25519, Some(kid)) = (&pair.curve, &jwk.common.key_id) {
            keys.insert(kid.clone(), DecodingKey::from_jwk(jwk)?);
        }
    }
    ensure!(!keys.is_empty(), "the JWKS document has no Ed25519 key");
    Ok(KeySet::new(document, keys))
}
