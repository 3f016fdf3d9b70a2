//! Redis: the layer that replicas share. The only module that knows it.
//!
//! Nothing here fails: while Redis is away every read is a miss and every write is dropped. How old a
//! copy can be does not depend on anyone's clock: Redis keeps the remaining lifetime.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, RedisResult};
use secrecy::ExposeSecret;

use crate::config::CacheConfig;
use crate::metrics::CATALOG_CACHE_FAILURES;

/// So long one replica may take to read from the database while others wait for its copy.
const CLAIM: Duration = Duration::from_millis(500);
/// A connection whose other end does not even take what we send is ended after this. One that only
/// answers late is kept, so without it a machine that vanished would be asked for a quarter of an hour.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(5);

/// The copies that replicas share, or nothing if no Redis is configured.
pub(crate) struct Cache {
    redis: Option<Redis>,
}

struct Redis {
    connection: ConnectionManager,
    prefix: String,
    pause: Duration,
    /// `Some` from a failure on: when to try again.
    away_until: Mutex<Option<Instant>>,
}

/// A copy and how long it may still be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// As it was put.
    pub(crate) bytes: Vec<u8>,
    /// From the moment it was asked for.
    pub(crate) lifetime: Duration,
}

/// Who reads a missing product from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// We do; or nobody can say, so we do as well.
    Ours,
    /// Another replica does at this moment.
    Theirs,
}

impl Cache {
    /// Connects when it is first used. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// `cache.redis_url` is not a Redis URL.
    pub(crate) fn new(config: &CacheConfig) -> anyhow::Result<Self> {
        let url = config.redis_url.expose_secret();
        if url.is_empty() {
            return Ok(Self { redis: None });
        }
        // The URL may hold a password: an error must not repeat it.
        let client = url
            .into_connection_info()
            .and_then(|info| Client::open(info.set_tcp_settings(sockets())))
            .map_err(|_| anyhow::anyhow!("cache.redis_url is not a redis:// or rediss:// URL"))?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.redis_timeout()))
            .set_response_timeout(Some(config.redis_timeout()))
            .set_number_of_retries(0);
        Ok(Self {
            redis: Some(Redis {
                connection: ConnectionManager::new_lazy_with_config(client, settings)?,
                prefix: config.key_prefix.clone(),
                pause: config.redis_pause(),
                away_until: Mutex::new(None),
            }),
        })
    }

    /// The copy under `key`, if there is one.
    pub(crate) async fn get(&self, key: &str) -> Option<Copy> {
        let redis = self.redis.as_ref()?;
        let mut query = redis::pipe();
        query.get(redis.key(key)).pttl(redis.key(key));
        let answer = redis.ask(|mut connection| async move {
            query
                .query_async::<(Option<Vec<u8>>, i64)>(&mut connection)
                .await
        });
        let (bytes, left) = answer.await?;
        let lifetime = Duration::from_millis(u64::try_from(left).ok()?);
        Some(Copy {
            bytes: bytes?,
            lifetime,
        })
    }

    /// Keeps a copy for `lifetime`.
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
        redis.tell(query).await;
    }

    /// Evicts a copy, after a write was committed.
    pub(crate) async fn evict(&self, key: &str) {
        let Some(redis) = &self.redis else { return };
        let mut query = redis::pipe();
        query.del(redis.key(key)).ignore();
        redis.tell(query).await;
    }

    /// Gives a claim back: there is nothing to copy.
    pub(crate) async fn disclaim(&self, key: &str) {
        let Some(redis) = &self.redis else { return };
        let mut query = redis::pipe();
        query.del(redis.claim_key(key)).ignore();
        redis.tell(query).await;
    }

    /// Asks to be the one replica that reads a missing product from the database.
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
            .arg(u64::try_from(CLAIM.as_millis()).unwrap_or(u64::MAX));
        let answer = redis.ask(|mut connection| async move {
            query.query_async::<Option<String>>(&mut connection).await
        });
        match answer.await {
            Some(None) => Claim::Theirs,
            Some(Some(_)) | None => Claim::Ours,
        }
    }
}

fn sockets() -> TcpSettings {
    let sockets = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let sockets = sockets.set_user_timeout(SILENCE);
    sockets
}

impl Redis {
    fn key(&self, key: &str) -> String {
        format!("{}product:{key}", self.prefix)
    }

    fn claim_key(&self, key: &str) -> String {
        format!("{}claim:{key}", self.prefix)
    }

    async fn tell(&self, query: redis::Pipeline) {
        self.ask(|mut connection| async move { query.query_async::<()>(&mut connection).await })
            .await;
    }

    /// Asks Redis unless it failed a moment ago. `None`: no answer. Says once that it is away, and
    /// once that it is back.
    async fn ask<T, F>(&self, query: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let away_until = *self.lock();
        if away_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        match query(self.connection.clone()).await {
            Ok(answer) => {
                if away_until.is_some() && self.lock().take().is_some() {
                    tracing::info!("Redis is back");
                }
                Some(answer)
            }
            Err(error) => {
                let before = self.lock().replace(Instant::now() + self.pause);
                if before.is_none() {
                    tracing::warn!(cause = %error, "Redis is away, going on without it");
                }
                CATALOG_CACHE_FAILURES.inc();
                None
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
