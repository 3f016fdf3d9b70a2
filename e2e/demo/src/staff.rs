//! What staff do, as the demo account.

use anyhow::Result;
use client::Request;
use serde_json::json;
use uuid::Uuid;

use crate::account::Account;
use crate::api::Api;

/// Units of a delivery to the warehouse.
const DELIVERY: u32 = 200;

/// The staff of the shop.
#[derive(Debug)]
pub(crate) struct Staff(Account);

impl Staff {
    pub(crate) fn new(api: Api) -> Self {
        Self(Account::staff(api))
    }

    pub(crate) async fn ship(&self, order: &str) -> Result<()> {
        let number: String = order.chars().filter(char::is_ascii_alphanumeric).collect();
        let parcel = json!({"tracking_number": format!("DEMO{}", number.to_ascii_uppercase())});
        self.post(format!("/staff/orders/{order}/shipment"), parcel)
            .await
    }

    pub(crate) async fn mark_delivered(&self, order: &str) -> Result<()> {
        self.post(format!("/staff/orders/{order}/delivery"), json!({}))
            .await
    }

    pub(crate) async fn approve(&self, returned: &str) -> Result<()> {
        let note = json!({"note": "The parcel arrived."});
        self.post(format!("/staff/returns/{returned}/approval"), note)
            .await
    }

    pub(crate) async fn refuse(&self, returned: &str) -> Result<()> {
        let note = json!({"note": "The parcel was empty."});
        self.post(format!("/staff/returns/{returned}/refusal"), note)
            .await
    }

    /// Adds units to the stock.
    pub(crate) async fn restock(&self, sku: &str) -> Result<()> {
        let adjustment = json!({"delta": DELIVERY, "reason": "delivery for the demo"});
        self.post(
            format!("/staff/products/{sku}/stock-adjustments"),
            adjustment,
        )
        .await
    }

    async fn post(&self, path: String, body: serde_json::Value) -> Result<()> {
        // An adjustment would be made twice without a key; the others have only one outcome.
        let key = Uuid::now_v7().to_string();
        let request = Request::post(path, body).idempotency_key(key);
        self.0.succeed(request).await.map(|_| ())
    }
}
