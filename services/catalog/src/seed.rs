//! The command `catalog seed`: loads the demo catalog, and any number of generated products.

mod demo;
mod generated;

use std::collections::BTreeSet;

use anyhow::Context;
use kernel::{Clock, Currency};
use operations::command_line;
use persistence::Database;

use crate::config::Config;
use crate::domain::{Category, Currencies, NewProduct};
use crate::store::Store;

const PRODUCTS_MAX: u32 = 10_000_000;

/// Loads the demo catalog, with prices in the shop's first currency; existing categories and products are not changed.
/// With `--products N`, also adds generated products until there are N.
///
/// # Errors
/// The arguments are invalid; the database.
pub async fn seed(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    let products = parse(&arguments)?;
    let own = config.own.own;
    let currencies = own.prices.currencies()?;
    let database = Database::new(&config.own.database)?;
    database.wait().await?;
    let store = Store::new(database, own.reads.public_connections);
    demo(&store, &currencies).await?;
    if products > 0 {
        let added = generate(&store, products, currencies.first()).await?;
        tracing::info!(added, "generated products loaded");
    }
    Ok(())
}

/// Adds generated products until there are `count`. Returns how many were added.
async fn generate(store: &Store, count: u32, currency: Currency) -> anyhow::Result<u32> {
    let first = match store.last_sku(generated::SKU_PREFIX).await? {
        None => 0,
        Some(sku) => generated::number(&sku)? + 1,
    };
    if first < count {
        let products = (first..count).map(|number| generated::product(number, currency));
        store.load_products(products, Clock::system().now()).await?;
    }
    store.add_vocabularies(generated::vocabularies()).await?;
    Ok(count.saturating_sub(first))
}

fn parse(arguments: &[String]) -> anyhow::Result<u32> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = match arguments.as_slice() {
        [] => return Ok(0),
        ["--products", number] => number,
        [argument] => argument
            .strip_prefix("--products=")
            .context("usage: catalog seed [--products N]")?,
        _ => anyhow::bail!("usage: catalog seed [--products N]"),
    };
    let products: u32 = number
        .replace('_', "")
        .parse()
        .ok()
        .filter(|products| *products <= PRODUCTS_MAX)
        .with_context(|| format!("--products must be a number up to {PRODUCTS_MAX}"))?;
    Ok(products)
}

async fn demo(store: &Store, currencies: &Currencies) -> anyhow::Result<()> {
    let existing: BTreeSet<String> = store
        .categories()
        .await?
        .into_iter()
        .map(|category| category.slug)
        .collect();
    let now = Clock::system().now();
    let mut added = 0_u32;
    for category in demo::categories(currencies.first())? {
        if !existing.contains(&category.draft.slug) {
            store
                .create_category(
                    Category::new(category.draft)?,
                    command_line(),
                    idempotency::Request::without_key(),
                    now,
                )
                .await?;
        }
        let skus: Vec<&str> = category
            .products
            .iter()
            .map(|product| product.sku.as_str())
            .collect();
        let stored = store.existing_skus(&skus).await?;
        for product in category.products {
            if stored.contains(&product.sku) {
                continue;
            }
            let sku = product.sku.clone();
            let new = NewProduct::new(&product.sku, product.details, product.on_hand, currencies)
                .with_context(|| format!("the demo product {sku} is not valid"))?;
            store
                .create_product(
                    new,
                    command_line(),
                    idempotency::Request::without_key(),
                    now,
                )
                .await?;
            added += 1;
        }
    }
    tracing::info!(added, "demo catalog loaded");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_number_of_generated_products_is_parsed() {
        for (line, products) in [
            ("", 0),
            ("--products 5", 5),
            ("--products=1_000_000", 1_000_000),
        ] {
            assert_eq!(parse(&words(line)).expect("valid"), products);
        }
        for line in [
            "5",
            "--products",
            "--products many",
            "--products 99999999",
            "a b c",
        ] {
            assert!(parse(&words(line)).is_err(), "{line}");
        }
    }
}
