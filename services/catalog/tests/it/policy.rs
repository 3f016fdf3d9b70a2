use contracts::catalog::v1::{
    ArchiveProductRequest, BatchGetOffersRequest, CreateCategoryRequest, GetProductRequest,
    GetStockRequest, ListCategoriesRequest,
};
use kernel::UserId;
use tonic::{Code, Request};

use crate::support::{Shop, goods, query, refusal, with_token};

#[tokio::test(flavor = "multi_thread")]
async fn anyone_may_read() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 3).await;
    let mut client = shop.client.clone();
    let slug = "mug".to_owned();
    let product = client
        .get_product(GetProductRequest { slug })
        .await
        .unwrap();
    assert_eq!(product.into_inner().product.unwrap().available, 3);
    let skus = vec!["MUG".to_owned(), "NONE".to_owned()];
    let batch = client
        .batch_get_offers(BatchGetOffersRequest {
            skus,
            with_covers: false,
        })
        .await
        .unwrap();
    assert_eq!(batch.into_inner().offers.len(), 1);
    assert_eq!(
        client
            .search_products(query(""))
            .await
            .unwrap()
            .into_inner()
            .products
            .len(),
        1
    );
    let categories = client
        .list_categories(ListCategoriesRequest {})
        .await
        .unwrap();
    assert_eq!(categories.into_inner().categories.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_may_write_or_read_stock() {
    let shop = Shop::start().await;
    let customer = shop.issuer.token(UserId::generate(), "customer");
    let expired = shop.issuer.expired_token(UserId::generate(), "staff");
    let mut client = shop.client.clone();
    let sku = || "MUG".to_owned();

    let anonymous = client.create_product(goods("MUG", "Mug")).await;
    assert_eq!(refusal(anonymous).1, "TOKEN_MISSING");
    let late = client
        .create_product(with_token(goods("MUG", "Mug"), &expired))
        .await;
    assert_eq!(refusal(late).1, "TOKEN_EXPIRED");

    let create = client
        .create_product(with_token(goods("MUG", "Mug"), &customer))
        .await;
    assert_eq!(refusal(create).0, Code::PermissionDenied);
    let category = CreateCategoryRequest::default();
    let category = client
        .create_category(with_token(category, &customer))
        .await;
    assert_eq!(refusal(category).0, Code::PermissionDenied);
    let archive = ArchiveProductRequest { sku: sku() };
    let archive = client.archive_product(with_token(archive, &customer)).await;
    assert_eq!(refusal(archive).0, Code::PermissionDenied);
    let stock = GetStockRequest { sku: sku() };
    let stock = client.get_stock(with_token(stock, &customer)).await;
    assert_eq!(refusal(stock).0, Code::PermissionDenied);
    let unsigned = client
        .get_stock(Request::new(GetStockRequest { sku: sku() }))
        .await;
    assert_eq!(refusal(unsigned).0, Code::Unauthenticated);
}
