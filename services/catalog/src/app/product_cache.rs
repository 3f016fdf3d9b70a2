//! Products for `GetProduct`: from memory, else from Redis, else from the database.
//!
//! `max_age` bounds the age of an entry over both layers: an entry expires `max_age` after its read from the
//! database began, whichever replica read it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use contracts::catalog::v1;
use instruments::CounterSeries;
use moka::Expiry;
use prost::Message;

use crate::cache::{Cache, Cached, Claim};
use crate::config::CacheConfig;
use crate::domain::Error;
use crate::failure::Failure;
use crate::metrics::{self, CACHE_ENTRIES, CACHE_REQUESTS, CACHE_SIZE, Lookup};
use crate::store::Store;

/// How often, and at which interval, the entry of a replica that is reading is polled for.
const POLLS: u32 = 10;
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Reads products by slug.
pub(crate) struct ProductCache {
    local: moka::future::Cache<String, Entry>,
    shared: Cache,
    store: Store,
    max_age: Duration,
    local_requests: Requests,
    shared_requests: Requests,
}

/// The counters of one layer.
struct Requests {
    hits: CounterSeries,
    misses: CounterSeries,
}

impl Requests {
    fn of(cache: metrics::Cache) -> Self {
        Self {
            hits: CACHE_REQUESTS.of((cache, Lookup::Hit)),
            misses: CACHE_REQUESTS.of((cache, Lookup::Miss)),
        }
    }

    fn count(&self, missed: bool) {
        let series = if missed { &self.misses } else { &self.hits };
        series.inc();
    }
}

#[derive(Clone)]
struct Entry {
    product: Arc<v1::Product>,
    fresh_until: Instant,
}

struct FreshUntil;

impl Expiry<String, Entry> for FreshUntil {
    fn expire_after_create(&self, _: &String, entry: &Entry, at: Instant) -> Option<Duration> {
        Some(entry.fresh_until.saturating_duration_since(at))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        at: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.fresh_until.saturating_duration_since(at))
    }
}

impl ProductCache {
    /// The cache in front of `store`.
    pub(super) fn new(config: &CacheConfig, shared: Cache, store: Store) -> Self {
        let local = moka::future::Cache::builder()
            .max_capacity(config.local_bytes)
            .weigher(|slug: &String, entry: &Entry| {
                let bytes = slug.len() + 2 * entry.product.encoded_len() + 256;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .expire_after(FreshUntil)
            .build();
        export_size(&local);
        Self {
            local,
            shared,
            store,
            max_age: config.max_age(),
            local_requests: Requests::of(metrics::Cache::Products),
            shared_requests: Requests::of(metrics::Cache::Redis),
        }
    }

    /// The product for sale with this slug. Concurrent misses cause one read.
    ///
    /// # Errors
    /// `ProductNotFound`; the database. An expired entry is never returned instead.
    pub(super) async fn product(&self, slug: &str) -> Result<Arc<v1::Product>, Arc<Failure>> {
        let missed = AtomicBool::new(false);
        let read = self
            .local
            .try_get_with_by_ref(slug, async {
                missed.store(true, Ordering::Relaxed);
                self.fetch(slug).await
            })
            .await;
        self.local_requests.count(missed.into_inner());
        Ok(read?.product)
    }

    /// Evicts a changed product from Redis and from this process. Other processes evict it after the change event,
    /// or when it expires.
    pub(crate) async fn evict(&self, slug: &str) {
        self.local.invalidate(slug).await;
        self.shared.evict(slug).await;
    }

    async fn fetch(&self, slug: &str) -> Result<Entry, Failure> {
        let shared = self.shared_entry(slug).await;
        self.shared_requests.count(shared.is_none());
        if let Some(entry) = shared {
            return Ok(entry);
        }
        if self.shared.claim(slug).await == Claim::Theirs {
            for _ in 0..POLLS {
                tokio::time::sleep(POLL_INTERVAL).await;
                if let Some(entry) = self.shared_entry(slug).await {
                    return Ok(entry);
                }
            }
        }
        self.load(slug).await
    }

    async fn shared_entry(&self, slug: &str) -> Option<Entry> {
        let began = Instant::now();
        let Cached { bytes, lifetime } = self.shared.get(slug).await?;
        // An entry of another release may not decode; that is a miss.
        let product = v1::Product::decode(bytes.as_slice()).ok()?;
        Some(Entry {
            product: Arc::new(product),
            fresh_until: began + lifetime.min(self.max_age),
        })
    }

    async fn load(&self, slug: &str) -> Result<Entry, Failure> {
        let began = Instant::now();
        let Some(product) = self.store.product(slug).await? else {
            self.shared.release_claim(slug).await;
            return Err(Error::ProductNotFound.into());
        };
        let product = v1::Product::from(product);
        let lifetime = self.max_age.saturating_sub(began.elapsed());
        self.shared
            .put(slug, product.encode_to_vec(), lifetime)
            .await;
        Ok(Entry {
            product: Arc::new(product),
            fresh_until: began + self.max_age,
        })
    }
}

/// Sets the metrics of the layer in memory at each scrape. moka updates the counts with a delay. A clone shares the
/// cache.
fn export_size(local: &moka::future::Cache<String, Entry>) {
    let local = local.clone();
    instruments::at_scrape(move || {
        CACHE_ENTRIES
            .of(metrics::Cache::Products)
            .set(local.entry_count());
        CACHE_SIZE
            .of(metrics::Cache::Products)
            .set(local.weighted_size());
        Some(())
    });
}
