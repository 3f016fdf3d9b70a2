//! The layer of the product cache that replicas share, in Redis. Only this module uses Redis.
//!
//! Nothing here fails: while Redis is unavailable, every read is a miss and every write is dropped. Redis keeps
//! the remaining lifetime of an entry, so its age does not depend on the clocks of replicas.

use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisResult, TlsCertificates,
};
use secrecy::ExposeSecret;

use crate::config::CacheConfig;
use crate::metrics::CATALOG_CACHE_FAILURES;

/// How long a claim lasts: the time for one replica to read from the database while others wait for its entry.
const CLAIM_LIFETIME: Duration = Duration::from_millis(500);
/// `TCP_USER_TIMEOUT`: a connection whose peer acknowledges nothing for this long is closed. Without it, the
/// kernel retransmits to a lost machine for about 15 minutes.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(5);

/// The key of the file with the CA, for errors.
const CA_PATH: &str = "cache.redis_ca_path";

/// The shared layer; it does nothing if no Redis is configured.
pub(crate) struct Cache {
    redis: Option<Redis>,
}

struct Redis {
    connection: ConnectionManager,
    prefix: String,
    pause: Duration,
    /// `Some` after a failure: the time of the next attempt.
    retry_at: Mutex<Option<Instant>>,
}

/// A cached product.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    /// As it was stored.
    pub(crate) bytes: Vec<u8>,
    /// The remaining lifetime, counted from before the query.
    pub(crate) lifetime: Duration,
}

/// Which replica reads a missing product from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This one; also if Redis does not answer.
    Ours,
    /// Another replica, which is reading it now.
    Theirs,
}

impl Cache {
    /// Connects when it is first used. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// `cache.redis_url` is not a Redis URL, or the file `cache.redis_ca_path` has no CA.
    pub(crate) fn new(config: &CacheConfig) -> anyhow::Result<Self> {
        let url = config.redis_url.expose_secret();
        if url.is_empty() {
            return Ok(Self { redis: None });
        }
        // The URL may contain a password, so the error must not repeat it.
        let info = url
            .into_connection_info()
            .map_err(|_| anyhow::anyhow!("cache.redis_url is not a redis:// or rediss:// URL"))?;
        let client = client(info.set_tcp_settings(sockets()), &config.redis_ca_path)?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.redis_timeout()))
            .set_response_timeout(Some(config.redis_timeout()))
            .set_number_of_retries(0);
        Ok(Self {
            redis: Some(Redis {
                connection: ConnectionManager::new_lazy_with_config(client, settings)?,
                prefix: config.key_prefix.clone(),
                pause: config.redis_pause(),
                retry_at: Mutex::new(None),
            }),
        })
    }

    /// The entry of `key`, if there is one.
    pub(crate) async fn get(&self, key: &str) -> Option<Cached> {
        let redis = self.redis.as_ref()?;
        let mut query = redis::pipe();
        query.get(redis.key(key)).pttl(redis.key(key));
        let answer = redis.query(|mut connection| async move {
            query
                .query_async::<(Option<Vec<u8>>, i64)>(&mut connection)
                .await
        });
        let (bytes, left) = answer.await?;
        let lifetime = Duration::from_millis(u64::try_from(left).ok()?);
        Some(Cached {
            bytes: bytes?,
            lifetime,
        })
    }

    /// Stores an entry for `lifetime` and ends the claim.
    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>, lifetime: Duration) {
        let Some(redis) = &self.redis else { return };
        let Ok(milliseconds @ 1..) = u64::try_from(lifetime.as_millis()) else {
            return;
        };
        let mut query = redis::pipe();
        query
            .cmd("SET")
            .arg(redis.key(key))
            .arg(bytes)
            .arg("PX")
            .arg(milliseconds)
            .ignore()
            .del(redis.claim_key(key))
            .ignore();
        redis.send(query).await;
    }

    /// Evicts an entry, after a write was committed.
    pub(crate) async fn evict(&self, key: &str) {
        let Some(redis) = &self.redis else { return };
        let mut query = redis::pipe();
        query.del(redis.key(key)).ignore();
        redis.send(query).await;
    }

    /// Ends a claim when there is no product to store.
    pub(crate) async fn release_claim(&self, key: &str) {
        let Some(redis) = &self.redis else { return };
        let mut query = redis::pipe();
        query.del(redis.claim_key(key)).ignore();
        redis.send(query).await;
    }

    /// Tries to become the one replica that reads a missing product from the database.
    pub(crate) async fn claim(&self, key: &str) -> Claim {
        let Some(redis) = &self.redis else {
            return Claim::Ours;
        };
        let mut query = redis::cmd("SET");
        query
            .arg(redis.claim_key(key))
            .arg(1)
            .arg("NX")
            .arg("PX")
            .arg(u64::try_from(CLAIM_LIFETIME.as_millis()).unwrap_or(u64::MAX));
        let answer = redis.query(|mut connection| async move {
            query.query_async::<Option<String>>(&mut connection).await
        });
        match answer.await {
            Some(None) => Claim::Theirs,
            Some(Some(_)) | None => Claim::Ours,
        }
    }
}

/// With TLS if the URL demands it. The client trusts the CAs of the system unless it is given others.
fn client(info: ConnectionInfo, ca_path: &Path) -> anyhow::Result<Client> {
    let ConnectionAddr::TcpTls { insecure, .. } = info.addr() else {
        return Ok(Client::open(info)?);
    };
    ensure!(
        !insecure,
        "cache.redis_url must not end with #insecure: the server is always verified"
    );
    if ca_path.as_os_str().is_empty() {
        return Ok(Client::open(info)?);
    }
    let root_cert = tls::ca_file(ca_path).with_context(|| format!("`{CA_PATH}` cannot be used"))?;
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(root_cert),
    };
    Ok(Client::build_with_tls(info, certificates)?)
}

fn sockets() -> TcpSettings {
    let sockets = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let sockets = sockets.set_user_timeout(TCP_USER_TIMEOUT);
    sockets
}

impl Redis {
    fn key(&self, key: &str) -> String {
        format!("{}product:{key}", self.prefix)
    }

    fn claim_key(&self, key: &str) -> String {
        format!("{}claim:{key}", self.prefix)
    }

    async fn send(&self, query: redis::Pipeline) {
        self.query(|mut connection| async move { query.query_async::<()>(&mut connection).await })
            .await;
    }

    /// Queries Redis, except within `pause` after a failure. `None`: no answer. Logs once that Redis is
    /// unavailable, and once that it is available again.
    async fn query<T, F>(&self, query: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let retry_at = *self.lock();
        if retry_at.is_some_and(|at| Instant::now() < at) {
            return None;
        }
        match query(self.connection.clone()).await {
            Ok(answer) => {
                if retry_at.is_some() && self.lock().take().is_some() {
                    tracing::info!("Redis is available again");
                }
                Some(answer)
            }
            Err(error) => {
                let before = self.lock().replace(Instant::now() + self.pause);
                if before.is_none() {
                    let cause = tls::explain(&error.to_string(), CA_PATH);
                    tracing::warn!(
                        cause,
                        "Redis is unavailable, products are cached in memory only"
                    );
                }
                CATALOG_CACHE_FAILURES.inc();
                None
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.retry_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod tests;
