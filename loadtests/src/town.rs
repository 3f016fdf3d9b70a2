//! What everybody shares: the shop as it was when the doors opened, and the count of what happened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use client::{Client, Request};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::connection;
use crate::pace::Pace;
use crate::settings::Settings;
use crate::tally::Tally;

/// Products that are learned at most.
const PRODUCTS: usize = 300;
const PAGE: usize = 100;
/// Products that are bought.
const GOODS: usize = 40;
/// Longer than anybody takes for the last step.
const FINISH: Duration = Duration::from_secs(3_600);
/// They are filled up to this, about; enough for hours.
const PLENTY: i64 = 10_000;

/// A product to look at.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Product {
    pub(crate) slug: String,
    pub(crate) sku: String,
    pub(crate) name: String,
    available: i64,
}

#[derive(Deserialize)]
struct Products {
    products: Vec<Product>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Categories {
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Category {
    slug: String,
}

/// What everybody shares.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) settings: Settings,
    pub(crate) categories: Vec<String>,
    pub(crate) products: Vec<Product>,
    /// Those that are bought.
    pub(crate) goods: Vec<Product>,
    /// What people look for.
    pub(crate) words: Vec<String>,
    pub(crate) orders: Pace,
    pub(crate) requests: Pace,
    pub(crate) sign_ins: Pace,
    pub(crate) tally: Tally,
    /// Leads the idempotency keys of this run.
    pub(crate) run: String,
    browsers: AtomicU64,
    buyers: AtomicU64,
}

impl Town {
    /// Waits for the shop, learns what there is to buy, and fills the shelves.
    ///
    /// # Errors
    /// When the shop does not answer in time, or has nothing to sell.
    pub(crate) async fn open(settings: &Settings, base: &Url) -> Result<Self> {
        let http = connection::client().context("an HTTP client")?;
        let visitor = Visitor {
            client: Client::new(http, base.join("/api/v1")?),
            base: base.clone(),
        };
        let Categories { categories } = visitor.wait(settings.wait_s).await?;
        let products = visitor.products().await?;
        let mut goods = products.clone();
        goods.truncate(GOODS);
        if !settings.staff_email.is_empty() {
            visitor.fill_shelves(settings, &goods).await?;
        } else {
            goods.retain(|product| product.available > 0);
        }
        if goods.is_empty() {
            bail!("the shop has nothing to sell; `cargo xtask seed` loads the demo catalogue");
        }
        let end = Instant::now() + settings.lasts();
        Ok(Self {
            settings: settings.clone(),
            categories: categories.into_iter().map(|one| one.slug).collect(),
            words: words(&products),
            products,
            goods,
            orders: Pace::new(settings.orders_per_second, end),
            // Whoever has begun something may finish it.
            requests: Pace::new(settings.requests_per_second, end + FINISH),
            sign_ins: Pace::new(settings.sign_ins_per_second, end),
            tally: Tally::default(),
            run: Uuid::now_v7().simple().to_string(),
            browsers: AtomicU64::new(0),
            buyers: AtomicU64::new(0),
        })
    }

    /// The next browser's number, far from those of buyers.
    pub(crate) fn next_browser(&self) -> u64 {
        self.browsers.fetch_add(1, Ordering::Relaxed) + 1_000_000
    }

    /// The next buyer's number, from 1.
    pub(crate) fn next_buyer(&self) -> u64 {
        self.buyers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Words of names that are long enough to be looked for.
fn words(products: &[Product]) -> Vec<String> {
    let names = products.iter().flat_map(|product| product.name.split(' '));
    let mut words: Vec<String> = names
        .filter(|word| word.len() >= 4 && word.chars().all(char::is_alphabetic))
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// Looks around before everybody else does; not counted.
struct Visitor {
    client: Client,
    base: Url,
}

impl Visitor {
    async fn wait(&self, seconds: u64) -> Result<Categories> {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            match self.send(&Request::get("/categories")).await {
                Ok(categories) => return Ok(serde_json::from_value(categories)?),
                Err(error) if Instant::now() >= deadline => {
                    return Err(error.context(format!("{} does not serve", self.base)));
                }
                Err(_) => sleep(Duration::from_millis(500)).await,
            }
        }
    }

    async fn products(&self) -> Result<Vec<Product>> {
        let mut products = Vec::new();
        let mut token = None;
        while products.len() < PRODUCTS {
            let mut query = vec![("page_size", PAGE.to_string())];
            query.extend(token.map(|token: String| ("page_token", token)));
            let url = Url::parse_with_params(self.base.as_str(), query)?;
            let path = format!("/products?{}", url.query().unwrap_or_default());
            let page = self.send(&Request::get(path)).await?;
            let page: Products = serde_json::from_value(page)?;
            products.extend(page.products);
            match page.next_page_token {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        Ok(products)
    }

    /// So that a load test does not measure an empty shop.
    async fn fill_shelves(&self, settings: &Settings, goods: &[Product]) -> Result<()> {
        let password = settings.staff_password.expose_secret();
        let credentials = json!({"email": settings.staff_email, "password": password});
        let request = Request::post("/sessions", credentials);
        let session = self.send(&request).await.context(
            "the staff cannot sign in to fill the shelves; with LOADTESTS__STAFF_EMAIL= nobody tries to",
        )?;
        let token = session.get("access_token").and_then(Value::as_str);
        let token = token.unwrap_or_default();
        for product in goods
            .iter()
            .filter(|product| product.available < PLENTY / 2)
        {
            let path = format!("/products/{}/stock-adjustments", product.sku);
            let delivery = json!({"delta": PLENTY, "reason": "load test"});
            self.send(&Request::post(path, delivery).token(token))
                .await
                .with_context(|| format!("no delivery of {}", product.sku))?;
        }
        Ok(())
    }

    async fn send(&self, request: &Request) -> Result<Value> {
        let answer = self.client.send(request).await?;
        ensure!(
            answer.is_success(),
            "{} {}: {} {}",
            request.method(),
            request.path(),
            answer.status,
            answer.problem()
        );
        Ok(answer.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_look_for_words_of_names_that_are_worth_it() {
        let product = |name: &str| Product {
            slug: String::new(),
            sku: String::new(),
            name: name.to_owned(),
            available: 1,
        };
        let shelf = [product("Espresso Beans, 1 kg"), product("Big espresso CUP")];
        assert_eq!(words(&shelf), ["espresso"]);
    }
}
