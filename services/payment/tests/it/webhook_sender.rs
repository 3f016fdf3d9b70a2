//! Sends the provider's events to `payment` as webhooks: any of them, any number of times, in any order.

use contracts::payment::v1::{ReceiveWebhookRequest, ReceiveWebhookResponse};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tonic::{Response, Status};

use crate::support::Shop;

pub(crate) const SECRET: &str = "whsec_sandbox";

/// The signature header of `payload`, signed now.
pub(crate) fn sign(secret: &str, payload: &[u8]) -> String {
    let time = kernel::Clock::system().now().timestamp();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(format!("{time}.")).chain_update(payload);
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}

impl Shop {
    /// Sends a webhook.
    pub(crate) async fn webhook(
        &self,
        payload: &[u8],
        signature: String,
    ) -> Result<Response<ReceiveWebhookResponse>, Status> {
        let request = ReceiveWebhookRequest {
            payload: payload.to_vec(),
            signature,
        };
        self.client().receive_webhook(request).await
    }

    /// Sends an event with a valid signature.
    pub(crate) async fn deliver(&self, event: &Value) {
        let payload = event.to_string().into_bytes();
        let signature = sign(SECRET, &payload);
        self.webhook(&payload, signature).await.unwrap();
    }

    /// The provider's events, oldest first.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut events = self.listed("events").await;
        events.reverse();
        events
    }

    /// Sends all events of the provider, oldest first.
    pub(crate) async fn deliver_all(&self) {
        for event in self.events().await {
            self.deliver(&event).await;
        }
    }

    /// Waits until no lookup is due.
    pub(crate) async fn wait_for_lookups(&self) {
        testkit::eventually("no lookup is due", async || {
            let due = "lookups WHERE next_attempt_at <= now()";
            (self.sql.count(due).await == 0).then_some(())
        })
        .await;
    }
}
