//! Products for `GetProduct`: from memory, else from Redis, else from the database.
//!
//! The bound on the age of a copy holds over both layers: each entry lives until `max_age` after the
//! moment its database read began, whichever replica read it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use contracts::catalog::v1;
use instruments::CounterSeries;
use moka::Expiry;
use prost::Message;

use crate::cache::{Cache, Claim, Copy};
use crate::config::CacheConfig;
use crate::domain::Error;
use crate::failure::Failure;
use crate::metrics::{self, CACHE_ENTRIES, CACHE_REQUESTS, CACHE_SIZE, Lookup};
use crate::store::Store;

/// How long to wait for the copy of a replica that reads at this moment, in steps.
const WAITS: u32 = 10;
const WAIT: Duration = Duration::from_millis(10);

/// Reads products by slug.
pub(crate) struct ProductCache {
    local: moka::future::Cache<String, Entry>,
    shared: Cache,
    store: Store,
    max_age: Duration,
    requests: Requests,
    copies: Requests,
}

/// Lookups in one layer, by whether it had a copy.
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
    /// Layers over `store`.
    pub(super) fn new(config: &CacheConfig, shared: Cache, store: Store) -> Self {
        let local = moka::future::Cache::builder()
            .max_capacity(config.local_bytes)
            .weigher(|slug: &String, entry: &Entry| {
                let bytes = slug.len() + 2 * entry.product.encoded_len() + 256;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .expire_after(FreshUntil)
            .build();
        show(&local);
        Self {
            local,
            shared,
            store,
            max_age: config.max_age(),
            requests: Requests::of(metrics::Cache::Products),
            copies: Requests::of(metrics::Cache::Redis),
        }
    }

    /// The product on sale that has a slug. Concurrent misses cause one read.
    ///
    /// # Errors
    /// `ProductNotFound`; the database. A copy that is too old is never returned, even then.
    pub(super) async fn product(&self, slug: &str) -> Result<Arc<v1::Product>, Arc<Failure>> {
        let missed = AtomicBool::new(false);
        let read = self
            .local
            .try_get_with_by_ref(slug, async {
                missed.store(true, Ordering::Relaxed);
                self.fetch(slug).await
            })
            .await;
        self.requests.count(missed.into_inner());
        Ok(read?.product)
    }

    /// Evicts the copies of a product that was written. Other processes keep theirs within the bound.
    pub(crate) async fn evict(&self, slug: &str) {
        self.local.invalidate(slug).await;
        self.shared.evict(slug).await;
    }

    async fn fetch(&self, slug: &str) -> Result<Entry, Failure> {
        let copy = self.copy(slug).await;
        self.copies.count(copy.is_none());
        if let Some(entry) = copy {
            return Ok(entry);
        }
        if self.shared.claim(slug).await == Claim::Theirs {
            for _ in 0..WAITS {
                tokio::time::sleep(WAIT).await;
                if let Some(entry) = self.copy(slug).await {
                    return Ok(entry);
                }
            }
        }
        self.load(slug).await
    }

    async fn copy(&self, slug: &str) -> Option<Entry> {
        let asked = Instant::now();
        let Copy { bytes, lifetime } = self.shared.get(slug).await?;
        // What an older or newer release wrote may not decode: then it is a miss.
        let product = v1::Product::decode(bytes.as_slice()).ok()?;
        Some(Entry {
            product: Arc::new(product),
            fresh_until: asked + lifetime.min(self.max_age),
        })
    }

    async fn load(&self, slug: &str) -> Result<Entry, Failure> {
        let began = Instant::now();
        let Some(product) = self.store.product(slug).await? else {
            self.shared.disclaim(slug).await;
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

/// How much is in memory, at each scrape. The counts lag a little; a clone of the cache is the cache.
fn show(local: &moka::future::Cache<String, Entry>) {
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
