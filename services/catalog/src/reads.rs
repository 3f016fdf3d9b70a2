//! Products for `GetProduct`: a copy in the process, else a copy in Redis, else the database.
//!
//! The bound on the age of a copy is kept over both layers: each entry lives until `max_age` after the
//! moment its database read began, no matter who made the read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contracts::catalog::v1;
use instruments::CounterSeries;
use instruments::cache::{CACHE_ENTRIES, CACHE_REQUESTS, CACHE_SIZE};
use moka::Expiry;
use prost::Message;

use crate::cache::{Cache, Claim, Copy};
use crate::config::CacheConfig;
use crate::failure::Failure;
use crate::store::Store;

/// How long to wait for the copy of a replica that reads at this moment, in steps.
const WAITS: u32 = 10;
const WAIT: Duration = Duration::from_millis(10);

/// Reads products by slug.
pub struct Reads {
    local: moka::future::Cache<String, Entry>,
    shared: Cache,
    store: Store,
    max_age: Duration,
    loads: AtomicU64,
    requests: Requests,
    copies: Requests,
}

/// Lookups in one layer, by whether it had a copy.
struct Requests {
    hits: CounterSeries,
    misses: CounterSeries,
}

impl Requests {
    fn of(cache: &str) -> Self {
        Self {
            hits: CACHE_REQUESTS.of([cache, "hit"]),
            misses: CACHE_REQUESTS.of([cache, "miss"]),
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

impl Reads {
    /// Layers over `store`.
    pub fn new(config: &CacheConfig, shared: Cache, store: Store) -> Self {
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
            loads: AtomicU64::new(0),
            requests: Requests::of("products"),
            copies: Requests::of("redis"),
        }
    }

    /// The product on the shelf that has a slug; `None` if there is none. Callers that miss together
    /// cause one read.
    ///
    /// # Errors
    /// The database. A copy that is too old is never an answer, even then.
    pub async fn product(&self, slug: &str) -> Result<Option<Arc<v1::Product>>, Arc<Failure>> {
        let missed = AtomicBool::new(false);
        let read = self
            .local
            .try_get_with_by_ref(slug, async {
                missed.store(true, Ordering::Relaxed);
                self.fetch(slug).await.map_err(Some)?.ok_or(None)
            })
            .await;
        self.requests.count(missed.into_inner());
        match read {
            Ok(entry) => Ok(Some(entry.product)),
            Err(shared) => match &*shared {
                None => Ok(None),
                Some(error) => Err(Arc::clone(error)),
            },
        }
    }

    /// Forgets the copies of products that were written. Other processes keep theirs within the bound.
    pub async fn forget(&self, slug: &str) {
        self.local.invalidate(slug).await;
        self.shared.forget(slug).await;
    }

    /// How often the database was read.
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    async fn fetch(&self, slug: &str) -> Result<Option<Entry>, Arc<Failure>> {
        let copy = self.copy(slug).await;
        self.copies.count(copy.is_none());
        if copy.is_some() {
            return Ok(copy);
        }
        if self.shared.claim(slug).await == Claim::Theirs {
            for _ in 0..WAITS {
                tokio::time::sleep(WAIT).await;
                if let Some(entry) = self.copy(slug).await {
                    return Ok(Some(entry));
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

    async fn load(&self, slug: &str) -> Result<Option<Entry>, Arc<Failure>> {
        let began = Instant::now();
        self.loads.fetch_add(1, Ordering::Relaxed);
        let Some(product) = self.store.product(slug).await.map_err(Arc::new)? else {
            self.shared.disclaim(slug).await;
            return Ok(None);
        };
        let product = v1::Product::from(product);
        let lifetime = self.max_age.saturating_sub(began.elapsed());
        self.shared
            .put(slug, product.encode_to_vec(), lifetime)
            .await;
        Ok(Some(Entry {
            product: Arc::new(product),
            fresh_until: began + self.max_age,
        }))
    }
}

/// How much is in memory, at each scrape. The cache tells a little late; a clone of it is the cache.
fn show(local: &moka::future::Cache<String, Entry>) {
    let local = local.clone();
    instruments::at_scrape(move || {
        CACHE_ENTRIES.of(["products"]).set(local.entry_count());
        CACHE_SIZE.of(["products"]).set(local.weighted_size());
        Some(())
    });
}
