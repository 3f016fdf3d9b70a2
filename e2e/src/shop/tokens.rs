use chrono::Utc;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{TokenKey, eventually};
use tonic::Code;
use uuid::Uuid;

use super::Shop;
use crate::Settings;

/// An RPC of each service that is open to everyone and rejects an invalid token.
const OPEN: [(&str, &str); 4] = [
    ("user", "/mercantile.user.v1.UserService/GetJwks"),
    (
        "catalog",
        "/mercantile.catalog.v1.CatalogService/ListCategories",
    ),
    ("order", "/mercantile.order.v1.CartService/GetCart"),
    (
        "payment",
        "/mercantile.payment.v1.PaymentService/ReceiveWebhook",
    ),
];

/// Tokens that a test makes.
impl Shop {
    /// Settings with which processes learn of a new key within a second.
    pub const FINDS_KEYS_SOON: Settings<'static> = &[
        ("gateway", "auth.unknown_key_interval_s", "1"),
        ("user", "auth.unknown_key_interval_s", "1"),
        ("catalog", "auth.unknown_key_interval_s", "1"),
        ("order", "auth.unknown_key_interval_s", "1"),
        ("payment", "auth.unknown_key_interval_s", "1"),
    ];

    /// Publishes a test's key beside the shop's own, and waits until every process trusts it. It must be open
    /// with [`Self::FINDS_KEYS_SOON`].
    ///
    /// # Panics
    /// The key cannot be stored.
    pub async fn trust(&self, key: &TokenKey) {
        let public: String = key
            .public_key()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // Older than the shop's key, so that it never signs for the shop.
        let insert = format!(
            "INSERT INTO signing_keys (kid, public_key, sealed_private_key, created_at, activates_at)
             SELECT '{}', '\\x{public}', '', now(), min(activates_at) - interval '1 second' FROM signing_keys",
            key.kid()
        );
        let database = self.database("user").await;
        database.execute(&insert, &[]).await.expect("a stored key");
        let token = key.sign(&Self::claims(Uuid::now_v7(), "customer", &[]));
        for (service, path) in OPEN {
            eventually(&format!("{service} trusts the key"), async || {
                let (code, reason) = self.call_rpc(service, path, Some(&token)).await;
                let answers = code != Code::Unavailable;
                (answers && reason != "TOKEN_INVALID").then_some(())
            })
            .await;
        }
        eventually("gateway trusts the key", async || {
            let answer = self.rest("GET", "/api/v1/cart", Some(&token)).await;
            (answer.status() != StatusCode::UNAUTHORIZED).then_some(())
        })
        .await;
    }

    /// The groups of staff.
    pub const GROUPS: [&'static str; 5] = ["support", "warehouse", "catalog", "finance", "admin"];

    /// The claims of a valid token. Staff proved their second factor now.
    pub fn claims(user: Uuid, role: &str, groups: &[&str]) -> Value {
        let now = Utc::now().timestamp();
        let methods: &[&str] = match role {
            "staff" => &["pwd", "otp", "mfa"],
            _ => &["pwd"],
        };
        json!({
            "iss": "mercantile", "aud": "mercantile", "sub": user, "role": role,
            "sid": Uuid::now_v7(), "jti": Uuid::now_v7(), "iat": now, "exp": now + 600,
            "groups": groups, "amr": methods, "auth_time": now,
        })
    }
}
