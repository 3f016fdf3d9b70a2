//! The signing keys of access tokens: generated, encrypted and rotated here. The replicas share them
//! in the database and cache them in memory.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Clock, UserId};
use operations::{Action, Reason};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::encryption::{Encryption, Purpose};
use crate::domain::{self, KeyTimes, NextKey, Replacement, Rotation};
use crate::failure::{Failure, SigningKeyError};
use crate::store::{SigningKeyRow, Store};

mod jwks;
mod key;

pub(super) use key::SigningKey;

const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The signing keys, cached by one replica. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SigningKeys {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    encryption: Encryption,
    rotation: Rotation,
    ring: RwLock<Option<Arc<KeyRing>>>,
    loading: tokio::sync::Mutex<()>,
}

/// The cached keys.
struct KeyRing {
    keys: Vec<SigningKey>,
    jwks: String,
}

impl SigningKeys {
    /// Starts without keys; [`SigningKeys::run`] loads them.
    ///
    /// # Errors
    /// The encryption key is invalid.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        encryption_key: &SecretString,
        rotation: Rotation,
    ) -> Result<Self, SigningKeyError> {
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                clock,
                encryption: Encryption::new(encryption_key, Purpose::SigningKeys)?,
                rotation,
                ring: RwLock::new(None),
                loading: tokio::sync::Mutex::new(()),
            }),
        })
    }

    /// Reloads and rotates the keys until `stop`. Failures are logged once and retried every second;
    /// the cached keys stay in use.
    pub(crate) async fn run(self, every: Duration, stop: CancellationToken) {
        let mut failing = false;
        loop {
            let pause = match self.refresh().await {
                Ok(_) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!("signing keys reloaded after a failure");
                    }
                    every
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        let cause = anyhow::Error::from(error);
                        tracing::warn!(
                            cause = format!("{cause:#}"),
                            "cannot reload the signing keys; retrying"
                        );
                    }
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Whether keys are cached.
    pub(crate) fn is_loaded(&self) -> bool {
        self.cached().is_some()
    }

    /// The public keys as a JWKS document.
    pub(crate) async fn jwks(&self) -> Result<String, Failure> {
        Ok(self.ring().await?.jwks.clone())
    }

    /// The current signing key.
    pub(crate) async fn signer(&self) -> Result<SigningKey, Failure> {
        let ring = self.ring().await?;
        let times: Vec<KeyTimes> = ring.keys.iter().map(SigningKey::times).collect();
        let kid = domain::signer(&times, self.inner.clock.now());
        let key = ring.keys.iter().find(|key| Some(key.kid()) == kid);
        Ok(key.cloned().ok_or(SigningKeyError::NoKey)?)
    }

    /// Publishes a new key, which signs after the activation delay. If one is pending already, returns
    /// that one.
    pub(crate) async fn rotate(&self, by: UserId) -> Result<KeyTimes, Failure> {
        let now = self.inner.clock.now();
        let candidate = self.candidate(now)?;
        let (store, rotation) = (self.inner.store.clone(), self.inner.rotation);
        let work = self.inner.store.database.transaction(async move |conn| {
            let keys = store.lock_signing_keys(conn).await?;
            match rotation.next(&times(&keys), now) {
                NextKey::Waiting(key) => Ok(key),
                NextKey::Create(activates_at) => {
                    let key = candidate.activated_at(activates_at);
                    let times = key.times();
                    let published = json!({"activates_at": times.activates_at.to_rfc3339()});
                    let action = Action::new("signing_key.rotate", times.kid.to_string(), by);
                    operations::record(conn, &action.created(published)).await?;
                    store.save_signing_keys(conn, Some(key), vec![]).await?;
                    Ok::<_, Failure>(times)
                }
            }
        });
        let next = work.await?;
        tracing::info!(kid = %next.kid, activates_at = %next.activates_at, "next signing key published");
        self.refresh().await?;
        Ok(next)
    }

    /// Removes a key that leaked, and puts the action on record. Returns the key that signs now. The other replicas
    /// follow when they reload the keys, the verifiers when they fetch them.
    ///
    /// # Errors
    /// `SigningKeyNotFound`.
    pub(crate) async fn revoke(
        &self,
        kid: Uuid,
        actor: UserId,
        reason: Reason,
    ) -> Result<KeyTimes, Failure> {
        let now = self.inner.clock.now();
        let candidate = self.candidate(now)?;
        let store = self.inner.store.clone();
        let action = Action::new("signing_key.revoke", kid.to_string(), actor).reason(reason);
        let work = self.inner.store.database.transaction(async move |conn| {
            let keys = times(&store.lock_signing_keys(conn).await?);
            let replacement =
                domain::replacement(&keys, kid, now).ok_or(domain::Error::SigningKeyNotFound)?;
            let revoked = keys.iter().find(|key| key.kid == kid);
            let activated_at = revoked.map(|key| key.activates_at.to_rfc3339());
            let action = action.removed(json!({"activates_at": activated_at}));
            operations::record(conn, &action).await?;
            // First, because no two keys start to sign at the same time.
            store.save_signing_keys(conn, None, vec![kid]).await?;
            match replacement {
                Replacement::Create => {
                    let created = Some(candidate);
                    store.save_signing_keys(conn, created, Vec::new()).await?;
                }
                Replacement::Promote(pending) => {
                    store.activate_signing_key(conn, pending, now).await?;
                }
                Replacement::Unneeded => {}
            }
            Ok::<_, Failure>(())
        });
        work.await?;
        tracing::warn!(%kid, "signing key revoked");
        self.refresh().await?;
        Ok(self.signer().await?.times())
    }

    async fn ring(&self) -> Result<Arc<KeyRing>, Failure> {
        match self.cached() {
            Some(ring) => Ok(ring),
            None => self.refresh().await,
        }
    }

    fn cached(&self) -> Option<Arc<KeyRing>> {
        let ring = self.inner.ring.read();
        ring.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Rotates the keys if the schedule requires it, and reloads them.
    async fn refresh(&self) -> Result<Arc<KeyRing>, Failure> {
        let _one_at_a_time = self.inner.loading.lock().await;
        let now = self.inner.clock.now();
        let mut rows = self.inner.store.signing_keys().await?;
        if !self.inner.rotation.plan(&times(&rows), now).is_empty() {
            rows = self.maintain(now).await?;
            tracing::info!(keys = rows.len(), "signing keys rotated");
        }
        let keys = rows
            .iter()
            .map(|row| SigningKey::open(row, &self.inner.encryption))
            .collect::<Result<Vec<_>, _>>()?;
        let jwks = jwks::document(&keys);
        let ring = Arc::new(KeyRing { keys, jwks });
        let mut cached = self
            .inner
            .ring
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *cached = Some(Arc::clone(&ring));
        Ok(ring)
    }

    /// Applies the schedule: another replica may have applied it, so it is computed again under the lock.
    async fn maintain(&self, now: DateTime<Utc>) -> Result<Vec<SigningKeyRow>, Failure> {
        let candidate = self.candidate(now)?;
        let (store, rotation) = (self.inner.store.clone(), self.inner.rotation);
        let work = self.inner.store.database.transaction(async move |conn| {
            let keys = store.lock_signing_keys(conn).await?;
            let plan = rotation.plan(&times(&keys), now);
            let created = plan
                .create
                .map(|activates_at| candidate.activated_at(activates_at));
            store.save_signing_keys(conn, created, plan.retire).await
        });
        work.await
    }

    fn candidate(&self, now: DateTime<Utc>) -> Result<SigningKeyRow, SigningKeyError> {
        key::generate(&self.inner.encryption, now)
    }
}

fn times(keys: &[SigningKeyRow]) -> Vec<KeyTimes> {
    keys.iter().map(SigningKeyRow::times).collect()
}
