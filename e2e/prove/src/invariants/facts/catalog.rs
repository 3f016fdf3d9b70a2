use std::collections::BTreeMap;

use anyhow::Result;
use tokio_postgres::Client;

use super::By;

#[derive(Debug)]
pub(crate) struct CatalogFacts {
    /// By product.
    pub(crate) stock: BTreeMap<String, Stock>,
    pub(crate) reservations: BTreeMap<String, Reservation>,
    /// Product and quantity, by reservation.
    pub(crate) lines: By<(String, i64)>,
    pub(crate) journal: Vec<Movement>,
}

#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) sku: String,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
}

#[derive(Debug)]
pub(crate) struct Reservation {
    pub(crate) order: String,
    pub(crate) state: String,
}

/// A journal entry: a change of the units on hand.
#[derive(Debug)]
pub(crate) struct Movement {
    pub(crate) product: String,
    pub(crate) delta: i64,
    pub(crate) kind: String,
    /// The reservation, for `sold` and `returned`.
    pub(crate) reference: String,
}

impl CatalogFacts {
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let mut facts = Self {
            stock: BTreeMap::new(),
            reservations: BTreeMap::new(),
            lines: By::new(),
            journal: Vec::new(),
        };
        let sql = "SELECT product_id::text, sku, on_hand::bigint, reserved::bigint FROM stock";
        for row in client.query(sql, &[]).await? {
            let stock = Stock {
                sku: row.try_get(1)?,
                on_hand: row.try_get(2)?,
                reserved: row.try_get(3)?,
            };
            facts.stock.insert(row.try_get(0)?, stock);
        }
        let sql = "SELECT id::text, order_id::text, state FROM reservations";
        for row in client.query(sql, &[]).await? {
            let reservation = Reservation {
                order: row.try_get(1)?,
                state: row.try_get(2)?,
            };
            facts.reservations.insert(row.try_get(0)?, reservation);
        }
        let sql = "SELECT reservation_id::text, product_id::text, quantity::bigint FROM reservation_lines";
        for row in client.query(sql, &[]).await? {
            let lines = facts.lines.entry(row.try_get(0)?).or_default();
            lines.push((row.try_get(1)?, row.try_get(2)?));
        }
        let sql = "SELECT product_id::text, delta::bigint, kind, coalesce(reference::text, '')
                   FROM stock_journal";
        for row in client.query(sql, &[]).await? {
            facts.journal.push(Movement {
                product: row.try_get(0)?,
                delta: row.try_get(1)?,
                kind: row.try_get(2)?,
                reference: row.try_get(3)?,
            });
        }
        Ok(facts)
    }

    /// The SKU of a product; its id when it has no stock.
    pub(crate) fn sku<'a>(&'a self, product: &'a str) -> &'a str {
        self.stock
            .get(product)
            .map_or(product, |stock| stock.sku.as_str())
    }
}
