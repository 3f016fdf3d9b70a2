use std::collections::BTreeMap;

use anyhow::Result;
use tokio_postgres::Client;

use super::By;

#[derive(Debug)]
pub(crate) struct OrderFacts {
    pub(crate) orders: BTreeMap<String, Order>,
    /// SKU and quantity.
    pub(crate) lines: By<(String, i64)>,
    /// The kinds of the timeline entries, oldest first.
    pub(crate) events: By<String>,
    /// Status, step, attempts.
    pub(crate) sagas: BTreeMap<String, (String, String, i64)>,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) keys: Vec<Key>,
    /// Discount codes with their counted uses and the most that they allow.
    pub(crate) codes: BTreeMap<String, (i64, Option<i64>)>,
    /// The code that each order uses.
    pub(crate) uses: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) customer: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) total: i64,
    pub(crate) reservation: String,
    pub(crate) payment: String,
    /// Empty if it was placed without one.
    pub(crate) code: String,
}

impl Order {
    pub(crate) fn is(&self, statuses: &[&str]) -> bool {
        statuses.contains(&self.status.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct Refund {
    pub(crate) order: String,
    pub(crate) key: String,
    pub(crate) amount: i64,
    pub(crate) status: String,
}

/// An idempotency key with the order in its stored answer.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) customer: String,
    pub(crate) key: String,
    pub(crate) order: String,
}

impl OrderFacts {
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let mut facts = Self {
            orders: BTreeMap::new(),
            lines: By::new(),
            events: By::new(),
            sagas: BTreeMap::new(),
            refunds: BTreeMap::new(),
            keys: Vec::new(),
            codes: BTreeMap::new(),
            uses: BTreeMap::new(),
        };
        let sql = "SELECT id::text, customer_id::text, status, coalesce(reason, ''), total_minor,
                          reservation_id::text, payment_id::text, coalesce(discount_code, '') FROM orders";
        for row in client.query(sql, &[]).await? {
            let order = Order {
                customer: row.try_get(1)?,
                status: row.try_get(2)?,
                reason: row.try_get(3)?,
                total: row.try_get(4)?,
                reservation: row.try_get(5)?,
                payment: row.try_get(6)?,
                code: row.try_get(7)?,
            };
            facts.orders.insert(row.try_get(0)?, order);
        }
        let sql = "SELECT order_id::text, sku, quantity::bigint FROM order_lines";
        for row in client.query(sql, &[]).await? {
            let lines = facts.lines.entry(row.try_get(0)?).or_default();
            lines.push((row.try_get(1)?, row.try_get(2)?));
        }
        let sql = "SELECT order_id::text, kind FROM order_events ORDER BY order_id, id";
        for row in client.query(sql, &[]).await? {
            facts
                .events
                .entry(row.try_get(0)?)
                .or_default()
                .push(row.try_get(1)?);
        }
        let sql = "SELECT order_id::text, status, coalesce(step, ''), attempts::bigint FROM sagas";
        for row in client.query(sql, &[]).await? {
            let saga = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            facts.sagas.insert(row.try_get(0)?, saga);
        }
        let sql =
            "SELECT id::text, order_id::text, idempotency_key, amount_minor, status FROM refunds";
        for row in client.query(sql, &[]).await? {
            let refund = Refund {
                order: row.try_get(1)?,
                key: row.try_get(2)?,
                amount: row.try_get(3)?,
                status: row.try_get(4)?,
            };
            facts.refunds.insert(row.try_get(0)?, refund);
        }
        let sql = "SELECT customer_id::text, key, answer ->> 'id' FROM idempotency_keys";
        for row in client.query(sql, &[]).await? {
            facts.keys.push(Key {
                customer: row.try_get(0)?,
                key: row.try_get(1)?,
                order: row.try_get(2)?,
            });
        }
        let sql = "SELECT code, uses::bigint, max_uses::bigint FROM discount_codes";
        for row in client.query(sql, &[]).await? {
            let counted = (row.try_get(1)?, row.try_get(2)?);
            facts.codes.insert(row.try_get(0)?, counted);
        }
        let sql = "SELECT order_id::text, code FROM discount_uses";
        for row in client.query(sql, &[]).await? {
            facts.uses.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(facts)
    }

    /// How often this kind occurs in the order's timeline.
    pub(crate) fn times(&self, order: &str, kind: &str) -> usize {
        let events = super::of(&self.events, order);
        events.iter().filter(|event| *event == kind).count()
    }
}
