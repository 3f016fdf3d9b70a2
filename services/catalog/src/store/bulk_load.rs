//! Bulk load of products by COPY.
//!
//! diesel-async does not expose COPY, so this uses tokio-postgres on a separate connection. One transaction loads all
//! products or none.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::SinkExt;
use kernel::Currency;
use prost::bytes::Bytes;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::descriptions::{self, Description};
use super::products::containment;
use super::{Store, categories};
use crate::failure::Failure;
use crate::schema::products;

/// From this many products on, the indexes are dropped first and built again afterwards, which is faster.
const REBUILD_INDEXES_FROM: usize = 20_000;
const CHUNK_BYTES: usize = 256 * 1024;
/// The load may take longer than other statements, and index builds may use more memory.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off; \
     SET LOCAL maintenance_work_mem = '512MB'";

/// A product to load. Its values are not validated again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BulkProduct {
    pub(crate) id: Uuid,
    pub(crate) sku: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Minor units.
    pub(crate) price: i64,
    pub(crate) currency: Currency,
    /// Slug of an existing category.
    pub(crate) category: &'static str,
    pub(crate) attributes: BTreeMap<&'static str, &'static str>,
    pub(crate) on_hand: u32,
}

/// A superset of the words and attributes of the loaded products of a category.
pub(crate) struct Vocabulary {
    /// Slug of the category.
    pub(crate) category: &'static str,
    /// Words of names.
    pub(crate) names: String,
    /// Words of everything else.
    pub(crate) rest: String,
    pub(crate) attributes: Vec<(&'static str, &'static str)>,
}

impl Store {
    /// The greatest SKU that begins with `prefix`.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn last_sku(&self, prefix: &str) -> Result<Option<String>, Failure> {
        let mut conn = self.database.get().await?;
        Ok(products::table
            .filter(products::sku.like(format!("{prefix}%")))
            .select(diesel::dsl::max(products::sku))
            .first(&mut conn)
            .await?)
    }

    /// Adds products. A large load locks the table against reads and writes.
    ///
    /// # Errors
    /// The database; a category is missing.
    pub(crate) async fn load_products(
        &self,
        products: impl ExactSizeIterator<Item = BulkProduct> + Clone,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let connected = self.database.driver_session().await;
        let (mut client, driver) = connected.context("cannot connect to load products")?;
        let transaction = client.transaction().await?;
        transaction.batch_execute(SETTINGS).await?;
        let categories = category_ids(&transaction).await?;
        let indexes = if products.len() >= REBUILD_INDEXES_FROM {
            drop_indexes(&transaction).await?
        } else {
            Vec::new()
        };
        let now = now.to_rfc3339();
        copy_products(&transaction, products.clone(), &categories, &now).await?;
        copy_stock(&transaction, products, &now).await?;
        for index in indexes {
            tracing::info!(index, "building an index");
            transaction.batch_execute(&index).await?;
        }
        transaction.commit().await?;
        client
            .batch_execute("ANALYZE products; ANALYZE stock")
            .await?;
        drop(client);
        driver.await??;
        Ok(())
    }

    /// Adds the words and attributes of loaded products to the spelling terms and category terms.
    ///
    /// # Errors
    /// The database; a category is missing.
    pub(crate) async fn add_vocabularies(
        &self,
        vocabularies: Vec<Vocabulary>,
    ) -> anyhow::Result<()> {
        let mut conn = self.database.get().await?;
        for vocabulary in vocabularies {
            let category_id = categories::id_of(&mut conn, vocabulary.category)
                .await?
                .with_context(|| format!("the category {} is missing", vocabulary.category))?;
            let category = categories::name_of(&mut conn, category_id).await?;
            let description = |name: String, rest: String, attributes| Description {
                category_id,
                name,
                rest,
                attributes: containment(&attributes),
            };
            let rest = format!("{category} {}", vocabulary.rest);
            let mut descriptions = vec![description(vocabulary.names, rest, BTreeMap::new())];
            for (key, value) in vocabulary.attributes {
                let attribute = BTreeMap::from([(key.to_owned(), value.to_owned())]);
                descriptions.push(description(String::new(), String::new(), attribute));
            }
            descriptions::add(&mut conn, &descriptions).await?;
        }
        Ok(())
    }
}

async fn category_ids(transaction: &Transaction<'_>) -> anyhow::Result<BTreeMap<String, Uuid>> {
    let rows = transaction
        .query("SELECT slug, id::text FROM categories", &[])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get(0), row.get::<_, String>(1).parse()?)))
        .collect()
}

/// Drops the indexes that are not unique; returns the statements that build them again.
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
    products: impl Iterator<Item = BulkProduct>,
    categories: &BTreeMap<String, Uuid>,
    now: &str,
) -> anyhow::Result<()> {
    let sql = "COPY products (id, sku, slug, name, description, price_minor, currency, category_id,
               attributes, images, in_stock, created_at, updated_at) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for (index, product) in products.enumerate() {
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
            product.currency.code(),
            &category.to_string(),
            &attributes,
            &images.to_string(),
            if product.on_hand > 0 { "t" } else { "f" },
            now,
            now,
        ])
        .await?;
        if (index + 1) % 100_000 == 0 {
            tracing::info!(products = index + 1, "products copied");
        }
    }
    copy.end().await
}

async fn copy_stock(
    transaction: &Transaction<'_>,
    products: impl Iterator<Item = BulkProduct> + Clone,
    now: &str,
) -> anyhow::Result<()> {
    let sql = "COPY stock (product_id, sku, on_hand, reserved, for_sale) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for product in products.clone() {
        let (id, on_hand) = (product.id.to_string(), product.on_hand.to_string());
        copy.row([&id, &product.sku, &on_hand, "0", "t"]).await?;
    }
    copy.end().await?;
    let sql = "COPY stock_journal (id, product_id, delta, kind, reason, created_at) FROM STDIN";
    let mut copy = Copy::begin(transaction, sql).await?;
    for product in products.filter(|product| product.on_hand > 0) {
        // One entry per product, so the product's id is also the entry's id.
        let (id, delta) = (product.id.to_string(), product.on_hand.to_string());
        copy.row([&id, &id, &delta, "initial", "first units", now])
            .await?;
    }
    copy.end().await
}

/// A COPY in progress, in PostgreSQL's text format.
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
