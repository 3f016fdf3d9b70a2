use testkit::eventually;

use crate::support::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_deleted_after_their_retention_time() {
    let shop = Shop::start_with(&[("retention.sweep_every_s", "1")]).await;
    let old = shop.captured().await;
    let new = shop.captured().await;
    let of = |id| format!("operations WHERE payment_id = '{id}'");
    shop.sql
        .execute(&format!(
            "UPDATE operations SET finished_at = now() - interval '91 days' WHERE payment_id = '{}'",
            old.payment_id
        ))
        .await
        .unwrap();
    eventually("the old operations are deleted", async || {
        (shop.sql.count(&of(old.payment_id)).await == 0).then_some(())
    })
    .await;
    assert_eq!(shop.sql.count(&of(new.payment_id)).await, 2);
    assert_eq!(shop.booked(&old).await, "authorize capture");
    assert_eq!(shop.status(&old).await, "captured");
}
