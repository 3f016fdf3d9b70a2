//! Requests that are repeated under the same idempotency key.

use contracts::catalog::v1::{AdjustStockRequest, CreateCategoryRequest, CreateProductRequest};
use tonic::Code;

use crate::support::{Shop, goods, refusal};

fn adjustment(delta: i32, key: &str) -> AdjustStockRequest {
    AdjustStockRequest {
        sku: "MUG".to_owned(),
        delta,
        reason: "counted".to_owned(),
        idempotency_key: key.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_adjustment_changes_the_stock_once() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 10).await;
    let mut client = shop.client.clone();
    for _ in 0..3 {
        let answer = client.adjust_stock(shop.staff(adjustment(-3, "k1"))).await;
        assert_eq!(answer.unwrap().into_inner().stock.unwrap().on_hand, 7);
    }
    // Also after another change: the answer is the first one.
    client
        .adjust_stock(shop.staff(adjustment(5, "k2")))
        .await
        .unwrap();
    let again = client.adjust_stock(shop.staff(adjustment(-3, "k1"))).await;
    assert_eq!(again.unwrap().into_inner().stock.unwrap().on_hand, 7);
    assert_eq!(shop.stock("MUG").await.on_hand, 12);
    let records = "operator_actions WHERE kind = 'stock.adjust'";
    assert_eq!(shop.database.count(records).await, 2);

    let other = client.adjust_stock(shop.staff(adjustment(4, "k1"))).await;
    let (code, reason, _) = refusal(other);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
    let invalid = client.adjust_stock(shop.staff(adjustment(4, "a b"))).await;
    assert_eq!(refusal(invalid).2, ["idempotency_key"]);
    assert_eq!(shop.stock("MUG").await.on_hand, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn adjustments_with_one_key_at_the_same_time_are_one() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 10).await;
    let tries = (0..6).map(|_| {
        let mut client = shop.client.clone();
        let request = shop.staff(adjustment(1, "k"));
        tokio::spawn(async move { client.adjust_stock(request).await })
    });
    for attempt in tries.collect::<Vec<_>>() {
        let answer = attempt.await.unwrap().unwrap();
        assert_eq!(answer.into_inner().stock.unwrap().on_hand, 11);
    }
    assert_eq!(shop.stock("MUG").await.on_hand, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_adjustment_can_be_repeated() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 1).await;
    let mut client = shop.client.clone();
    let refused = client.adjust_stock(shop.staff(adjustment(-3, "k"))).await;
    assert_eq!(refusal(refused).1, "STOCK_INSUFFICIENT");
    client
        .adjust_stock(shop.staff(adjustment(5, "more")))
        .await
        .unwrap();
    let answer = client.adjust_stock(shop.staff(adjustment(-3, "k"))).await;
    assert_eq!(answer.unwrap().into_inner().stock.unwrap().on_hand, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_or_category_is_added_once() {
    let shop = Shop::start().await;
    let mut client = shop.client.clone();
    let category = || {
        shop.staff(CreateCategoryRequest {
            slug: "goods".to_owned(),
            name: "Goods".to_owned(),
            description: String::new(),
            position: 1,
            idempotency_key: "category".to_owned(),
        })
    };
    let first = client
        .create_category(category())
        .await
        .unwrap()
        .into_inner();
    let again = client
        .create_category(category())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    let product = || {
        shop.staff(CreateProductRequest {
            attributes: [("a", "1"), ("b", "2")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            idempotency_key: "product".to_owned(),
            ..goods("MUG", "Mug")
        })
    };
    let first = client.create_product(product()).await.unwrap().into_inner();
    let again = client.create_product(product()).await.unwrap().into_inner();
    assert_eq!(first, again);
}
