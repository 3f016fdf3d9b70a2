use contracts::catalog::v1::{
    AdjustStockRequest, BatchGetOffersRequest, CreateCategoryRequest, CreateProductRequest,
    GetStockRequest, Image, SearchProductsRequest, UpdateProductRequest,
};
use contracts::types::v1::Money;
use tonic::Code;

use crate::support::{Shop, attributes, goods, refusal, update_of};

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_of_a_product_is_reported() {
    let shop = Shop::start().await;
    let request = CreateProductRequest {
        idempotency_key: String::new(),
        sku: "no good".to_owned(),
        slug: "No Good".to_owned(),
        name: "x".repeat(201),
        description: "x".repeat(5_001),
        price: Some(Money {
            minor_units: -1,
            currency: "euro".to_owned(),
        }),
        category: "?".to_owned(),
        attributes: attributes(&[("", "value"), ("key", "")]),
        images: vec![Image::default(); 11],
        on_hand: 1_000_001,
    };
    let answer = shop
        .client
        .clone()
        .create_product(shop.staff(request))
        .await;
    let (code, reason, mut fields) = refusal(answer);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "VALIDATION_FAILED")
    );
    fields.retain(|field| !field.starts_with("images["));
    assert_eq!(
        fields,
        [
            "sku",
            "on_hand",
            "slug",
            "name",
            "description",
            "category",
            "attributes",
            "attributes.key",
            "images",
            "price.minor_units",
            "price.currency",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_validated_like_a_new_product() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let request = UpdateProductRequest {
        sku: "mug".to_owned(),
        name: String::new(),
        price: None,
        ..update_of(&product)
    };
    let answer = shop
        .client
        .clone()
        .update_product(shop.staff(request))
        .await;
    assert_eq!(refusal(answer).2, ["sku", "name", "price"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_fields_of_the_other_requests_are_reported() {
    let shop = Shop::start().await;
    let mut client = shop.client.clone();

    let search = SearchProductsRequest {
        query: "x".repeat(201),
        category: "x".repeat(81),
        min_price: Some(5),
        max_price: Some(4),
        page_size: 101,
        ..SearchProductsRequest::default()
    };
    let fields = refusal(client.search_products(search).await).2;
    assert_eq!(fields, ["query", "page_size", "category", "max_price"]);
    let unknown_sort = SearchProductsRequest {
        sort: 99,
        ..SearchProductsRequest::default()
    };
    assert_eq!(
        refusal(client.search_products(unknown_sort).await).2,
        ["sort"]
    );

    let skus = Vec::new();
    let batch = client
        .batch_get_offers(BatchGetOffersRequest {
            skus,
            with_covers: false,
        })
        .await;
    assert_eq!(refusal(batch).2, ["skus"]);
    let adjust = shop.staff(AdjustStockRequest::default());
    let fields = refusal(client.adjust_stock(adjust).await).2;
    assert_eq!(fields, ["sku", "delta", "reason"]);
    let stock = shop.staff(GetStockRequest::default());
    assert_eq!(refusal(client.get_stock(stock).await).2, ["sku"]);
    let category = shop.staff(CreateCategoryRequest::default());
    let fields = refusal(client.create_category(category).await).2;
    assert_eq!(fields, ["slug", "name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_requires_an_existing_category() {
    let shop = Shop::start().await;
    let request = shop.staff(goods("MUG", "Mug"));
    let answer = shop.client.clone().create_product(request).await;
    let (code, reason, fields) = refusal(answer);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "VALIDATION_FAILED")
    );
    assert_eq!(fields, ["category"]);
}
