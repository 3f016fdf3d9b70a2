//! What is deleted after its time.

use contracts::order::v1::SetItemRequest;
use testkit::eventually;
use tonic::Request;

use crate::support::{App, checkout};

#[tokio::test(flavor = "multi_thread")]
async fn expired_carts_and_old_keys_are_swept_away_and_nothing_else() {
    let mut app = App::with(&[("retention.sweep_every_s", "1")]).await;
    let (person, _) = app.placed().await;
    app.put(&person, "TEA", 1).await;
    app.put(&person, "COFFEE", 1).await;
    app.place(&person, checkout("old")).await.unwrap();
    for _ in 0..2 {
        let request = SetItemRequest {
            guest_token: String::new(),
            sku: "TEA".to_owned(),
            quantity: 1,
        };
        app.carts.set_item(Request::new(request)).await.unwrap();
    }
    app.put(&person, "TEA", 1).await;
    app.sql("UPDATE carts SET expires_at = now() WHERE id = (SELECT min(id::text)::uuid FROM carts WHERE token_hash IS NOT NULL)").await;
    app.sql(
        "UPDATE idempotency_keys SET created_at = now() - interval '49 hours' WHERE key = 'old'",
    )
    .await;
    eventually("a swept cart and key", async || {
        let carts = app.rows("carts", "true").await;
        let keys = app.rows("idempotency_keys", "true").await;
        (carts == 2 && keys == 1).then_some(())
    })
    .await;
    assert_eq!(app.rows("carts", "customer_id IS NOT NULL").await, 1);
    assert_eq!(app.rows("idempotency_keys", "key = 'key'").await, 1);
    assert_eq!(
        app.rows("cart_lines", "true").await,
        2,
        "lines go with their cart"
    );
}
