//! What all users of a run share: the catalog as it was at the start, the rate limiters and the
//! counters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Url;
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use crate::counters::Counters;
use crate::rate_limiter::RateLimiter;
use crate::settings::Settings;

mod setup;

use setup::SetupClient;

/// Country to which all orders are shipped.
pub(crate) const COUNTRY: &str = "DE";
/// Most products that buyers buy.
const BOUGHT_PRODUCTS: usize = 40;
/// Longer than the last step of any user.
const LAST_STEP: Duration = Duration::from_secs(3_600);

/// A product of the shop.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Product {
    pub(crate) slug: String,
    pub(crate) sku: String,
    pub(crate) name: String,
    price: Price,
    available: i64,
}

#[derive(Debug, Clone, Deserialize)]
struct Price {
    currency: String,
}

/// What all users of a run share.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) settings: Settings,
    /// Slugs of all categories.
    pub(crate) categories: Vec<String>,
    /// Products that browsers view.
    pub(crate) products: Vec<Product>,
    /// Products that buyers buy. All have the same currency, because a cart takes only one.
    pub(crate) bought: Vec<Product>,
    /// Words that browsers search for.
    pub(crate) words: Vec<String>,
    pub(crate) orders: RateLimiter,
    pub(crate) requests: RateLimiter,
    pub(crate) sign_ins: RateLimiter,
    pub(crate) counters: Counters,
    /// Prefix of the idempotency keys of this run.
    pub(crate) run: String,
    browsers: AtomicU64,
    buyers: AtomicU64,
}

impl Fixture {
    /// Waits for the shop, reads its catalog, and restocks the products that are bought.
    ///
    /// # Errors
    /// The shop does not answer in time, has nothing to sell, or ships to [`COUNTRY`] in none of the
    /// currencies of its products.
    pub(crate) async fn set_up(settings: &Settings, base: &Url) -> Result<Self> {
        let setup = SetupClient::new(base)?;
        let categories = setup.wait_for_categories(settings.wait_s).await?;
        let products = setup.products().await?;
        let restocks = !settings.staff_email.is_empty();
        let sellable = products.iter().filter(|one| restocks || one.available > 0);
        let by_currency = by_currency(sellable);
        ensure!(
            !by_currency.is_empty(),
            "the shop has nothing to sell; `cargo xtask seed` loads the demo catalog"
        );
        let bought = shippable(&setup, by_currency).await?;
        if restocks {
            setup.restock(settings, &bought).await?;
        }
        let end = Instant::now() + settings.duration();
        Ok(Self {
            settings: settings.clone(),
            categories,
            words: words(&products),
            products,
            bought,
            orders: RateLimiter::new(settings.orders_per_second, end),
            // A checkout that has begun may finish after the end.
            requests: RateLimiter::new(settings.requests_per_second, end + LAST_STEP),
            sign_ins: RateLimiter::new(settings.sign_ins_per_second, end),
            counters: Counters::default(),
            run: Uuid::now_v7().simple().to_string(),
            browsers: AtomicU64::new(0),
            buyers: AtomicU64::new(0),
        })
    }

    /// The next browser's number. It differs from all buyers' numbers.
    pub(crate) fn next_browser(&self) -> u64 {
        self.browsers.fetch_add(1, Ordering::Relaxed) + 1_000_000
    }

    /// The next buyer's number, from 1.
    pub(crate) fn next_buyer(&self) -> u64 {
        self.buyers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The products of the first currency in which the shop ships to [`COUNTRY`].
async fn shippable(
    setup: &SetupClient,
    by_currency: Vec<(String, Vec<Product>)>,
) -> Result<Vec<Product>> {
    let mut rejected = Vec::new();
    for (currency, products) in by_currency {
        let sample = products.first().context("a currency without a product")?;
        if setup.ships(sample).await? {
            return Ok(products);
        }
        rejected.push(currency);
    }
    bail!(
        "the shop ships to {COUNTRY} in none of the currencies of its products: {}",
        rejected.join(", ")
    )
}

/// Products by currency, the currency with the most products first. Each currency has at most
/// [`BOUGHT_PRODUCTS`] of them.
fn by_currency<'a>(products: impl Iterator<Item = &'a Product>) -> Vec<(String, Vec<Product>)> {
    let mut groups: BTreeMap<String, Vec<Product>> = BTreeMap::new();
    for product in products {
        let group = groups.entry(product.price.currency.clone()).or_default();
        group.push(product.clone());
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, products)| std::cmp::Reverse(products.len()));
    for (_, products) in &mut groups {
        products.truncate(BOUGHT_PRODUCTS);
    }
    groups
}

/// Words of product names that are long enough to search for.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn product(name: &str, currency: &str) -> Product {
        Product {
            slug: String::new(),
            sku: String::new(),
            name: name.to_owned(),
            price: Price {
                currency: currency.to_owned(),
            },
            available: 1,
        }
    }

    #[test]
    fn search_words_are_the_long_words_of_product_names() {
        let products = [
            product("Espresso Beans, 1 kg", "EUR"),
            product("Big espresso CUP", "EUR"),
        ];
        assert_eq!(words(&products), ["espresso"]);
    }

    #[test]
    fn products_are_grouped_by_currency_and_the_largest_group_is_first() {
        let mut catalog = vec![product("Matcha", "JPY")];
        for number in 0..BOUGHT_PRODUCTS + 2 {
            catalog.push(product(&format!("Espresso {number}"), "EUR"));
            catalog.push(product("Filter", "USD"));
        }
        catalog.push(product("Ristretto", "EUR"));

        let groups = by_currency(catalog.iter());

        let currencies: Vec<_> = groups.iter().map(|(currency, _)| currency).collect();
        assert_eq!(currencies, ["EUR", "USD", "JPY"]);
        for (currency, products) in &groups {
            let same = |product: &Product| product.price.currency == *currency;
            assert!(products.iter().all(same), "{currency}: {products:?}");
            assert!((1..=BOUGHT_PRODUCTS).contains(&products.len()));
        }
    }
}
