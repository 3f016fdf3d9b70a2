//! Product pages and the category list, as the JSON that clients read.
//!
//! A page is never older than `cache.max_age_ms` plus what the catalog's own cache allows. A change
//! event (`events.rs`) evicts a page at once; without a broker the age is the bound. Only while the
//! catalog is away, the last known page is shown, up to `cache.max_stale_ms`. Checkout never uses it.

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
use instruments::CounterSeries;
use moka::future::Cache;
use serde::Deserialize;

use crate::{
    edge::problem::Problem,
    metrics::{self, CACHE_ENTRIES, CACHE_REQUESTS, CACHE_SIZE, Lookup},
};

pub(crate) mod events;

/// The key of the category list: no slug looks like this.
pub(crate) const CATEGORIES: &str = "/categories";
/// Roughly what an entry costs beyond its bytes.
const OVERHEAD: usize = 256;
/// Products whose last change is remembered.
const MAX_CHANGES: u64 = 10_000;

/// The `[cache]` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Milliseconds after which a page is loaded again, whatever the events say.
    pub max_age_ms: u64,
    /// Milliseconds for which the last known page is shown while the catalog is away.
    pub max_stale_ms: u64,
    /// Bytes that the current pages may take. The last known pages may take as many again.
    pub max_bytes: u64,
}

/// An answer, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    body: Bytes,
    etag: HeaderValue,
    version: i64,
}

impl Page {
    /// Of a body and the version of the product that it shows.
    pub(crate) fn new(body: Vec<u8>, version: i64) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&body);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self {
            body: body.into(),
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
            version,
        }
    }

    /// The page, or 304 to a client that has it already.
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = if self.is_known_to(request) {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((header::ETAG, self.etag.clone()))
            .insert_header((
                header::CACHE_CONTROL,
                HeaderValue::from_static("public, no-cache"),
            ));
        if self.is_known_to(request) {
            return response.finish();
        }
        response
            .insert_header((
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ))
            .body(self.body.clone())
    }

    fn is_known_to(&self, request: &HttpRequest) -> bool {
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

/// The pages of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pages: Cache<String, Page>,
    /// What to show while the catalog is away. Its bytes are shared with the current page.
    last: Cache<String, Page>,
    /// The versions that change events named: an answer that was under way when the event arrived
    /// may be older, and must not be kept.
    changes: Cache<String, i64>,
    counts: Counts,
}

/// Lookups by outcome. The series are looked up once, since pages are the most frequent answer.
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

    fn missed(&self, is_stale: bool) {
        let series = if is_stale { &self.stale } else { &self.misses };
        series.inc();
    }
}

impl Pages {
    /// Empty.
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
        show(&current);
        Self {
            counts: Counts::new(),
            pages: current,
            last: pages(Duration::from_millis(config.max_stale_ms)),
            changes: Cache::builder()
                .max_capacity(MAX_CHANGES)
                .time_to_live(max_age.saturating_mul(2))
                .build(),
        }
    }

    /// The current page, or the one that `load` makes; concurrent requests share one load. While the
    /// catalog is away, the last known page.
    ///
    /// # Errors
    /// The error of `load`, which is not kept.
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
                let last = self.last.get(key).await;
                self.counts.missed(last.is_some());
                return last.ok_or_else(|| Arc::unwrap_or_clone(problem));
            }
            Err(problem) => {
                self.counts.misses.inc();
                if problem.kind().status < 500 {
                    self.last.invalidate(key).await;
                }
                return Err(Arc::unwrap_or_clone(problem));
            }
        };
        // A request that waited for another's load has missed, too.
        self.counts.misses.inc();
        let is_fresh = entry.is_fresh();
        let page = entry.into_value();
        if is_fresh {
            let change = self.changes.get(key).await;
            if change.is_some_and(|version| page.version < version) {
                self.pages.invalidate(key).await;
            } else {
                self.last.insert(key.to_owned(), page.clone()).await;
            }
        }
        Ok(page)
    }

    /// Forgets a page.
    pub(crate) async fn forget(&self, key: &str) {
        self.pages.invalidate(key).await;
        self.last.invalidate(key).await;
    }

    /// Forgets a product's page, and keeps no older version from now on.
    pub(crate) async fn changed(&self, slug: &str, version: i64) {
        self.changes.insert(slug.to_owned(), version).await;
        self.forget(slug).await;
    }

    /// Forgets everything but what is shown while the catalog is away.
    pub(crate) fn forget_all(&self) {
        self.pages.invalidate_all();
    }
}

/// Sets the gauges at each scrape. The numbers lag a little; a clone of the cache is the same cache.
fn show(pages: &Cache<String, Page>) {
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
