//! Bulk load of generated products by COPY.
//!
//! diesel-async hides the COPY of the tokio-postgres underneath, so this uses tokio-postgres itself,
//! on a connection of its own. Everything happens in one transaction: all products or none.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use futures_util::SinkExt;
use kernel::Sku;
use persistence::Database;
use prost::bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::{NoTls, Transaction};
use uuid::Uuid;

use super::{Store, categories, marks, words};
use crate::seed::Generated;

/// From so many products on it is faster to build the indexes afterwards.
const BULK: u32 = 20_000;
const CHUNK_BYTES: usize = 256 * 1024;
/// What the bulk load may keep in memory while it builds indexes.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off; \
     SET LOCAL maintenance_work_mem = '512MB'";

impl Store {
    /// Makes sure that the generated products 0 to `count` exist; says how many it added. While many
    /// are added, nobody else can read or write products.
    ///
    /// # Errors
    /// The database; a category of the demo catalogue is missing.
    pub async fn generate(&self, url: &SecretString, count: u32) -> anyhow::Result<u32> {
        let (mut client, connection) = tokio_postgres::connect(url.expose_secret(), NoTls)
            .await
            .context("cannot connect to load products")?;
        let driver = tokio::spawn(connection);
        let transaction = client.transaction().await?;
        transaction.batch_execute(SETTINGS).await?;
        let first = next_number(&transaction).await?;
        if first < count {
            let categories = category_ids(&transaction).await?;
            let indexes = if count - first >= BULK {
                drop_indexes(&transaction).await?
            } else {
                Vec::new()
            };
            let now = self.clock.now().to_rfc3339();
            copy_products(&transaction, first..count, &categories, &now).await?;
            copy_stock(&transaction, first..count, &now).await?;
            for index in indexes {
                tracing::info!(index, "building");
                transaction.batch_execute(&index).await?;
            }
        }
        transaction.commit().await?;
        client
            .batch_execute("ANALYZE products; ANALYZE stock")
            .await?;
        drop(client);
        driver.await??;
        learn_vocabulary(&self.database).await?;
        Ok(count.saturating_sub(first))
    }
}

async fn learn_vocabulary(database: &Database) -> anyhow::Result<()> {
    let mut conn = database.get().await?;
    for vocabulary in Generated::vocabularies() {
        let category_id = categories::id_of(&mut conn, vocabulary.category)
            .await?
            .with_context(|| format!("the category {} is missing", vocabulary.category))?;
        let category = categories::name_of(&mut conn, category_id).await?;
        let rest = format!("{category} {}", vocabulary.rest);
        words::learn(&mut conn, &vocabulary.names, &rest).await?;
        let all = format!("{} {rest}", vocabulary.names);
        for (key, value) in vocabulary.attributes {
            let attribute = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            marks::add(&mut conn, category_id, "", &attribute).await?;
        }
        marks::add(&mut conn, category_id, &all, &BTreeMap::new()).await?;
    }
    Ok(())
}

async fn next_number(transaction: &Transaction<'_>) -> anyhow::Result<u32> {
    let last = transaction
        .query_one("SELECT max(sku) FROM products WHERE sku LIKE 'GEN-%'", &[])
        .await?;
    let last: Option<Sku> = last
        .get::<_, Option<String>>(0)
        .map(Sku::try_from)
        .transpose()?;
    let Some(last) = last else { return Ok(0) };
    let number: u32 = last
        .as_str()
        .trim_start_matches("GEN-")
        .parse()
        .with_context(|| format!("{last} is not the SKU of a generated product"))?;
    Ok(number + 1)
}

async fn category_ids(transaction: &Transaction<'_>) -> anyhow::Result<BTreeMap<String, Uuid>> {
    let rows = transaction
        .query("SELECT slug, id::text FROM categories", &[])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get(0), row.get::<_, String>(1).parse()?)))
        .collect()
}

/// Drops the indexes that no constraint stands on, and says how to build them again.
async fn drop_indexes(transaction: &Transaction<'_>) -> anyhow::Result<Vec<String>> {
    let rows = transaction
        .query(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indrelid = 'products'::regclass AND NOT indisunique",
            &[],
        )
        .await?;
    let mut definitions = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.get(0);
        transaction
            .batch_execute(&format!("DROP INDEX {name}"))
            .await?;
        definitions.push(row.get(1));
    }
    Ok(definitions)
}

async fn copy_products(
    transaction: &Transaction<'_>,
    numbers: std::ops::Range<u32>,
    categories: &BTreeMap<String, Uuid>,
    now: &str,
) -> anyhow::Result<()> {
    let sql = "COPY products (id, sku, slug, name, description, price_minor, currency, category_id,
               attributes, images, in_stock, created_at, updated_at) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for number in numbers {
        let product = Generated::number(number);
        let category = categories
            .get(product.category)
            .with_context(|| format!("the category {} is missing", product.category))?;
        let attributes = serde_json::to_string(&product.attributes)?;
        let images = serde_json::json!([{
            "url": format!("/images/{}.svg", product.sku.to_lowercase()),
            "alt": &product.name,
        }]);
        copy.row([
            &product.id.to_string(),
            &product.sku,
            &product.slug,
            &product.name,
            &product.description,
            &product.price.to_string(),
            "EUR",
            &category.to_string(),
            &attributes,
            &images.to_string(),
            if product.on_hand > 0 { "t" } else { "f" },
            now,
            now,
        ])
        .await?;
        if (number + 1) % 100_000 == 0 {
            tracing::info!(products = number + 1, "copied");
        }
    }
    copy.end().await
}

async fn copy_stock(
    transaction: &Transaction<'_>,
    numbers: std::ops::Range<u32>,
    now: &str,
) -> anyhow::Result<()> {
    let sql = "COPY stock (product_id, sku, on_hand, reserved, for_sale) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for product in numbers.clone().map(Generated::number) {
        let (id, on_hand) = (product.id.to_string(), product.on_hand.to_string());
        copy.row([&id, &product.sku, &on_hand, "0", "t"]).await?;
    }
    copy.end().await?;
    let sql = "COPY stock_journal (id, product_id, delta, kind, reason, created_at) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for product in numbers
        .map(Generated::number)
        .filter(|product| product.on_hand > 0)
    {
        // One entry per generated product: the product's id serves as the entry's.
        let (id, delta) = (product.id.to_string(), product.on_hand.to_string());
        copy.row([&id, &id, &delta, "initial", "first units", now])
            .await?;
    }
    copy.end().await
}

/// Rows on their way, in PostgreSQL's text format.
struct Copy {
    sink: std::pin::Pin<Box<tokio_postgres::CopyInSink<Bytes>>>,
    chunk: String,
}

impl Copy {
    async fn begin(transaction: &Transaction<'_>, sql: &str) -> anyhow::Result<Self> {
        Ok(Self {
            sink: Box::pin(transaction.copy_in(sql).await?),
            chunk: String::with_capacity(CHUNK_BYTES + 4096),
        })
    }

    async fn row<const N: usize>(&mut self, fields: [&str; N]) -> anyhow::Result<()> {
        for (index, field) in fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\t" };
            write!(self.chunk, "{separator}{}", field.replace('\\', "\\\\"))?;
        }
        self.chunk.push('\n');
        if self.chunk.len() >= CHUNK_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> anyhow::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        self.sink.send(Bytes::from(chunk)).await?;
        Ok(())
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.send().await?;
        self.sink.as_mut().finish().await?;
        Ok(())
    }
}
