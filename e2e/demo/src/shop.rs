//! What the customers share: the products on sale, the staff, the counts and the pace.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use client::Request;
use serde_json::Value;
use tokio::time::sleep;

use crate::account::Account;
use crate::api::Api;
use crate::settings::Settings;
use crate::staff::Staff;
use crate::tally::Tally;

/// Customers with an account.
const CUSTOMERS: usize = 40;

/// The running shop.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) api: Api,
    pub(crate) staff: Staff,
    pub(crate) tally: Arc<Tally>,
    pub(crate) customers: Vec<Arc<Account>>,
    /// Slugs of the categories that have products.
    categories: Vec<String>,
    pause: Duration,
}

impl Shop {
    /// # Errors
    /// The shop does not answer, or has no categories.
    pub(crate) async fn connect(settings: &Settings, tally: Arc<Tally>) -> Result<Self> {
        let api = Api::new(settings, Arc::clone(&tally))?;
        let answer = api.succeed(&Request::get("/categories")).await?;
        let mut categories = Vec::new();
        for slug in texts(&answer.body, "slug") {
            let list = Request::get(format!("/products?category={slug}&page_size=1"));
            let list = api.succeed(&list).await?;
            if texts(&list.body, "slug").next().is_some() {
                categories.push(slug.to_owned());
            }
        }
        let customers = 1..=CUSTOMERS;
        Ok(Self {
            staff: Staff::new(api.clone()),
            customers: customers
                .map(|number| Arc::new(Account::customer(api.clone(), number)))
                .collect(),
            api,
            tally,
            categories,
            pause: settings.pause(),
        })
    }

    /// A person reads or types.
    pub(crate) async fn pause(&self) {
        sleep(self.pause).await;
    }

    /// Looks at a category and one of its products, and returns the product's SKU. Staff restock it if it runs low.
    ///
    /// # Errors
    /// The shop has nothing to sell, or a request failed.
    pub(crate) async fn browse(&self, number: usize) -> Result<String> {
        let category = pick(&self.categories, number);
        let category =
            category.context("the shop has nothing to sell; `cargo xtask seed` adds products")?;
        let list = Request::get(format!("/products?category={category}&page_size=50"));
        let list = self.api.succeed(&list).await?;
        let slugs: Vec<&str> = texts(&list.body, "slug").collect();
        self.pause().await;
        // Neighbors in the sequence of categories look at different products.
        let slug = pick(&slugs, number / self.categories.len().max(1));
        let slug = slug.with_context(|| format!("category {category} is empty"))?;
        let product = Request::get(format!("/products/{slug}"));
        let product = self.api.succeed(&product).await?;
        let sku = product.text("/sku");
        let available = product.body.get("available").and_then(Value::as_u64);
        if available.is_some_and(|units| units < LOW_STOCK) {
            self.staff.restock(&sku).await?;
        }
        self.pause().await;
        Ok(sku)
    }
}

/// Units of a product below which staff restock it.
const LOW_STOCK: u64 = 20;

fn pick<T>(all: &[T], number: usize) -> Option<&T> {
    all.get(number.checked_rem(all.len())?)
}

/// A member of each item of a page.
fn texts<'a>(page: &'a Value, member: &'a str) -> impl Iterator<Item = &'a str> {
    let items = page.get("items").and_then(Value::as_array);
    let items = items.into_iter().flatten();
    items.filter_map(move |item| item.get(member)?.as_str())
}
