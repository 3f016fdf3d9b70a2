//! The product cache: product pages and the category list as JSON.
//!
//! A page is at most `cache.max_age_ms` older than the catalog's response. A change event
//! (`events.rs`) evicts a page at once. While the catalog is unavailable, the last page is served,
//! up to `cache.max_stale_ms`. Checkout never uses this cache.

use std::{
    future::Future,
    hash::{DefaultHasher, Hasher},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use garde::Validate;
use instruments::CounterSeries;
use moka::future::Cache;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    edge::problem::{Problem, reasons},
    metrics::{self, CACHE_ENTRIES, CACHE_REQUESTS, CACHE_SIZE, Lookup},
};

pub(crate) mod events;
mod load;

/// The key of the category list. It cannot be a slug.
pub(crate) const CATEGORIES: &str = "/categories";
/// Estimated memory of an entry beyond key and body, in bytes.
const OVERHEAD: usize = 256;
/// Products whose latest version is remembered.
const MAX_CHANGES: u64 = 10_000;

/// The `[cache]` section.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Milliseconds after which a page is loaded again, even without a change event.
    #[garde(range(min = 1, max = 86_400_000))]
    pub max_age_ms: u64,
    /// Milliseconds for which the last page is served while the catalog is unavailable.
    #[garde(range(min = 0, max = 604_800_000))]
    pub max_stale_ms: u64,
    /// Bytes of the current pages at most. The stale pages may take the same again.
    #[garde(range(min = 0, max = 1_099_511_627_776))]
    pub max_bytes: u64,
}

/// A serialized response body with its entity tag.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    body: Bytes,
    etag: HeaderValue,
    version: i64,
    /// The URL of the resource now, if this one is a former URL.
    moved_to: Option<HeaderValue>,
}

impl Page {
    /// `version` is that of the product in the body; 0 for a list.
    pub(crate) fn new(body: Vec<u8>, version: i64) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self {
            body: body.into(),
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
            version,
            moved_to: None,
        }
    }

    /// The value in the body.
    ///
    /// # Errors
    /// `INTERNAL` if the body is no such value.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| {
            tracing::error!(%error, "cannot read a cached response");
            Problem::new(&reasons::INTERNAL)
        })
    }

    /// The path of the resource now, if this one is a former URL.
    pub(crate) fn moved_to(&self) -> Option<&str> {
        self.moved_to.as_ref()?.to_str().ok()
    }

    /// A redirect from a former URL to the path `location`. `version` is that of the product there.
    pub(crate) fn moved(location: HeaderValue, version: i64) -> Self {
        Self {
            moved_to: Some(location),
            ..Self::new(Vec::new(), version)
        }
    }

    /// The page, or 304 when `If-None-Match` has its entity tag; 308 from a former URL.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let cache_control = (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, no-cache"),
        );
        if let Some(location) = &self.moved_to {
            // Without `no-cache`, a browser would follow it for good, even if another product gets the slug.
            return HttpResponse::PermanentRedirect()
                .insert_header((header::LOCATION, location.clone()))
                .insert_header(cache_control)
                .finish();
        }
        let mut response = if self.matches(request) {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((header::ETAG, self.etag.clone()))
            .insert_header(cache_control);
        if self.matches(request) {
            return response.finish();
        }
        response
            .insert_header((
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ))
            .body(self.body.clone())
    }

    fn matches(&self, request: &HttpRequest) -> bool {
        let mut copies = request.headers().get_all(header::IF_NONE_MATCH);
        copies.any(|value| {
            value.to_str().is_ok_and(|list| {
                list.split(',').map(str::trim).any(|tag| {
                    tag == "*" || tag.trim_start_matches("W/").as_bytes() == self.etag.as_bytes()
                })
            })
        })
    }
}

/// The cache of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ProductCache {
    pages: Cache<String, Page>,
    /// Served while the catalog is unavailable. The bodies are shared with the current pages.
    stale: Cache<String, Page>,
    /// Latest version per change event. A response in flight when the event arrived may be older and
    /// must not be cached.
    changes: Cache<String, i64>,
    counts: Counts,
}

/// Lookups by outcome. Resolved once, because product pages are the most frequent response.
#[derive(Debug, Clone)]
struct Counts {
    hits: CounterSeries,
    misses: CounterSeries,
    stale: CounterSeries,
}

impl Counts {
    fn new() -> Self {
        Self {
            hits: CACHE_REQUESTS.of((metrics::Cache::Pages, Lookup::Hit)),
            misses: CACHE_REQUESTS.of((metrics::Cache::Pages, Lookup::Miss)),
            stale: CACHE_REQUESTS.of((metrics::Cache::Pages, Lookup::Stale)),
        }
    }

    fn count_miss(&self, is_stale: bool) {
        let series = if is_stale { &self.stale } else { &self.misses };
        series.inc();
    }
}

impl ProductCache {
    /// An empty cache.
    pub(crate) fn new(config: &Config) -> Self {
        let max_age = Duration::from_millis(config.max_age_ms);
        let weigh = |key: &String, page: &Page| {
            let bytes = key.len() + page.body.len() + OVERHEAD;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let pages = |max_age| {
            Cache::builder()
                .max_capacity(config.max_bytes)
                .weigher(weigh)
                .time_to_live(max_age)
                .build()
        };
        let current = pages(max_age);
        export_gauges(&current);
        Self {
            counts: Counts::new(),
            pages: current,
            stale: pages(Duration::from_millis(config.max_stale_ms)),
            changes: Cache::builder()
                .max_capacity(MAX_CHANGES)
                .time_to_live(max_age.saturating_mul(2))
                .build(),
        }
    }

    /// The current page, or the one that `load` returns. Concurrent requests share one load. While
    /// the catalog is unavailable, the last page.
    ///
    /// # Errors
    /// The error of `load`, which is not cached.
    pub(crate) async fn get(
        &self,
        key: &str,
        load: impl Future<Output = Result<Page, Problem>>,
    ) -> Result<Page, Problem> {
        if let Some(page) = self.pages.get(key).await {
            self.counts.hits.inc();
            return Ok(page);
        }
        let loading = Box::pin(load);
        let loaded = self.pages.entry_by_ref(key).or_try_insert_with(loading);
        let entry = match loaded.await {
            Ok(entry) => entry,
            Err(problem) if problem.kind().status > 500 => {
                let stale = self.stale.get(key).await;
                self.counts.count_miss(stale.is_some());
                return stale.ok_or_else(|| Arc::unwrap_or_clone(problem));
            }
            Err(problem) => {
                self.counts.misses.inc();
                if problem.kind().status < 500 {
                    self.stale.invalidate(key).await;
                }
                return Err(Arc::unwrap_or_clone(problem));
            }
        };
        // A request that waited for the load of another request is a miss, too.
        self.counts.misses.inc();
        let is_fresh = entry.is_fresh();
        let page = entry.into_value();
        if is_fresh {
            let change = self.changes.get(key).await;
            if change.is_some_and(|version| page.version < version) {
                self.pages.invalidate(key).await;
            } else {
                self.stale.insert(key.to_owned(), page.clone()).await;
            }
        }
        Ok(page)
    }

    /// Removes a page, also as a stale one.
    pub(crate) async fn evict(&self, key: &str) {
        self.pages.invalidate(key).await;
        self.stale.invalidate(key).await;
    }

    /// Evicts a product's page, and caches no older version from now on.
    pub(crate) async fn apply_change(&self, slug: &str, version: i64) {
        self.changes.insert(slug.to_owned(), version).await;
        self.evict(slug).await;
    }

    /// Removes all current pages; the stale ones remain for an outage of the catalog.
    pub(crate) fn expire_all(&self) {
        self.pages.invalidate_all();
    }
}

/// Sets the gauges at each scrape. Moka updates its counts with a delay.
fn export_gauges(pages: &Cache<String, Page>) {
    let pages = pages.clone();
    instruments::at_scrape(move || {
        CACHE_ENTRIES
            .of(metrics::Cache::Pages)
            .set(pages.entry_count());
        CACHE_SIZE
            .of(metrics::Cache::Pages)
            .set(pages.weighted_size());
        Some(())
    });
}
