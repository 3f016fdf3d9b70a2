use serde_json::Value;
use testkit::eventually;
use tokio_postgres::{Client, NoTls};

use super::Shop;
use crate::Money;

/// The state that tests check.
impl Shop {
    /// Units on hand and reserved.
    pub async fn stock(&self, sku: &str) -> (i64, i64) {
        let stock = self
            .staff()
            .await
            .get(&format!("/staff/products/{sku}/stock"))
            .await;
        let units = |name: &str| stock[name].as_i64().expect("a count");
        (units("on_hand"), units("reserved"))
    }

    /// Waits until the stock has these values.
    pub async fn wait_for_stock(&self, sku: &str, on_hand: i64, reserved: i64) {
        let wanted = (on_hand, reserved);
        let what = format!("{sku} has {on_hand} on hand, {reserved} reserved");
        eventually(&what, async || {
            (self.stock(sku).await == wanted).then_some(())
        })
        .await;
    }

    /// Kind, account and amount of each ledger entry of an order.
    pub async fn ledger(&self, order: &str) -> Vec<(String, String, Money)> {
        let ledger = self
            .staff()
            .await
            .get(&format!("/staff/orders/{order}/ledger"))
            .await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let entries = ledger["items"].as_array().expect("entries");
        let entry = |entry: &Value| {
            (
                text(&entry["kind"]),
                text(&entry["account"]),
                Money::of(&entry["amount"]),
            )
        };
        entries.iter().map(entry).collect()
    }

    /// Status, captured and capturable minor units of each payment intent at the provider.
    pub async fn intents(&self) -> Vec<(String, i64, i64)> {
        let list = self.provider_says("/v1/payment_intents?limit=100").await;
        let intent = |intent: &Value| {
            (
                intent["status"].as_str().expect("a status").to_owned(),
                intent["amount_received"].as_i64().expect("an amount"),
                intent["amount_capturable"].as_i64().expect("an amount"),
            )
        };
        list["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(intent)
            .collect()
    }

    /// A superuser's connection to a service's database.
    pub async fn database(&self, service: &str) -> Client {
        let (_, database) = self
            .databases
            .iter()
            .find(|(name, _)| *name == service)
            .expect("a service with a database");
        let (client, connection) = tokio_postgres::connect(&database.superuser_url, NoTls)
            .await
            .expect("a connection");
        tokio::spawn(connection);
        client
    }

    /// The number that a query returns from a service's database.
    pub async fn count(&self, service: &str, sql: &str) -> i64 {
        let row = self
            .database(service)
            .await
            .query_one(sql, &[])
            .await
            .expect("one row");
        row.get(0)
    }

    /// Waits until the outboxes of catalog, order and payment are empty.
    pub async fn wait_until_quiet(&self) {
        for service in ["catalog", "order", "payment"] {
            eventually(&format!("{service}'s outbox is empty"), async || {
                let left = self.count(service, "SELECT count(*) FROM outbox").await;
                (left == 0).then_some(())
            })
            .await;
        }
    }
}
