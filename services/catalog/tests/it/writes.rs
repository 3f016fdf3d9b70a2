use contracts::catalog::v1::{
    AdjustStockRequest, AdjustStockResponse, ArchiveProductRequest, BatchGetOffersRequest,
    CreateProductRequest, GetProductRequest, UpdateProductRequest,
};
use contracts::messages::ProductChanged;
use tonic::{Code, Response, Status};

use crate::support::{CommandSender, Shop, eur, goods, query, refusal, update_of};

async fn adjust(shop: &Shop, delta: i32) -> Result<Response<AdjustStockResponse>, Status> {
    let request = shop.staff(AdjustStockRequest {
        sku: "MUG".to_owned(),
        delta,
        reason: "inventory".to_owned(),
        idempotency_key: String::new(),
    });
    shop.client.clone().adjust_stock(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_replaces_the_details_and_increments_the_version() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let request = UpdateProductRequest {
        name: "Big Mug".to_owned(),
        price: eur(1_500),
        ..update_of(&product)
    };
    let answer = shop
        .client
        .clone()
        .update_product(shop.staff(request))
        .await;
    let updated = answer.unwrap().into_inner().product.unwrap();
    assert_eq!(updated.version, product.version + 1);
    assert_eq!(
        (updated.name.as_str(), updated.price),
        ("Big Mug", eur(1_500))
    );
    assert_eq!(shop.found(query("big")).await, ["MUG"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_updates_of_a_version_is_refused() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let update = || {
        let request = shop.staff(update_of(&product));
        let mut client = shop.client.clone();
        async move { client.update_product(request).await }
    };
    let (first, second) = tokio::join!(update(), update());
    let refused = if first.is_err() { first } else { second };
    let (code, reason, _) = refusal(refused);
    assert_eq!((code, reason.as_str()), (Code::Aborted, "PRODUCT_CHANGED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn skus_and_slugs_are_unique() {
    let shop = Shop::start().await;
    let first = shop.stocked("MUG", 1).await;
    let second = shop.product(goods("CUP", "Cup")).await;
    let mut client = shop.client.clone();
    let again = client.create_product(shop.staff(CreateProductRequest {
        slug: "other".to_owned(),
        ..goods("MUG", "Mug")
    }));
    assert_eq!(refusal(again.await).1, "SKU_TAKEN");
    let slug = client.create_product(shop.staff(CreateProductRequest {
        slug: first.slug.clone(),
        ..goods("OTHER", "Other")
    }));
    assert_eq!(refusal(slug.await).1, "SLUG_TAKEN");
    let renamed = client.update_product(shop.staff(UpdateProductRequest {
        slug: first.slug,
        ..update_of(&second)
    }));
    assert_eq!(refusal(renamed.await).1, "SLUG_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_product_is_not_for_sale() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let mut client = shop.client.clone();
    let sku = "MUG".to_owned();
    for _ in 0..2 {
        let request = shop.staff(ArchiveProductRequest { sku: sku.clone() });
        let archived = client.archive_product(request).await.unwrap().into_inner();
        let archived = archived.product.unwrap();
        assert!(archived.archived);
        assert_eq!((archived.version, archived.available), (2, 0));
    }
    let slug = "mug".to_owned();
    let get = client.get_product(GetProductRequest { slug }).await;
    assert_eq!(refusal(get).1, "PRODUCT_NOT_FOUND");
    let skus = vec![sku];
    let batch = client
        .batch_get_offers(BatchGetOffersRequest {
            skus,
            with_covers: false,
        })
        .await
        .unwrap();
    let offer = &batch.into_inner().offers[0];
    assert!(offer.archived && offer.available == 0, "{offer:?}");
    assert_eq!(shop.found(query("")).await, Vec::<String>::new());
    assert_eq!(shop.stock("MUG").await.on_hand, 1);
    let moved = client.update_product(shop.staff(update_of(&product))).await;
    assert_eq!(refusal(moved).1, "PRODUCT_CHANGED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_beyond_the_units_on_hand_is_refused() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 5).await;
    let stock = adjust(&shop, -2).await.unwrap().into_inner().stock.unwrap();
    assert_eq!((stock.on_hand, stock.reserved, stock.available), (3, 0, 3));
    let (code, reason, _) = refusal(adjust(&shop, -4).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "STOCK_INSUFFICIENT")
    );
    assert_eq!(shop.stock("MUG").await.on_hand, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_publishes_an_event() {
    let sender = CommandSender::start().await;
    let product = sender.shop.stocked("MUG", 2).await;
    let created = sender.wait_for::<ProductChanged>(1, |_| true).await;
    assert_eq!((created.slug.as_str(), created.version), ("mug", 1));
    assert_eq!(created.product_id.to_string(), product.id);

    let request = UpdateProductRequest {
        slug: "big-mug".to_owned(),
        ..update_of(&product)
    };
    let mut client = sender.shop.client.clone();
    client
        .update_product(sender.shop.staff(request))
        .await
        .unwrap();
    let updated = sender.wait_for::<ProductChanged>(2, |_| true).await;
    assert_eq!((updated.slug.as_str(), updated.version), ("big-mug", 2));
    assert_eq!(updated.previous_slug.as_deref(), Some("mug"));

    // Only the last unit and the first new one change the availability.
    adjust(&sender.shop, -1).await.unwrap();
    adjust(&sender.shop, -1).await.unwrap();
    adjust(&sender.shop, 1).await.unwrap();
    let sku = "MUG".to_owned();
    let archive = sender.shop.staff(ArchiveProductRequest { sku });
    client.archive_product(archive).await.unwrap();
    sender.wait_for::<ProductChanged>(5, |_| true).await;
    assert_eq!(sender.received::<ProductChanged>().len(), 5);
}
