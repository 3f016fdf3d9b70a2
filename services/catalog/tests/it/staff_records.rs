//! Every RPC with which staff change something leaves a record of who, what, before and after.

use contracts::catalog::v1::*;
use contracts::types::v1::Money;
use serde_json::{Value, json};

use crate::support::{Shop, goods, update_of};

/// The kind of the record of each RPC. A new RPC of staff needs a row here, and a call in [`call`].
const KINDS: [(&str, &str); 8] = [
    ("CreateCategory", "category.create"),
    ("UpdateCategory", "category.update"),
    ("DeleteCategory", "category.delete"),
    ("CreateProduct", "product.create"),
    ("UpdateProduct", "product.update"),
    ("ArchiveProduct", "product.archive"),
    ("RestoreProduct", "product.restore"),
    ("AdjustStock", "stock.adjust"),
];

/// Calls an RPC successfully. The shop has the category `goods`, an empty category and the product `TEA`.
async fn call(shop: &Shop, rpc: &str) {
    let mut client = shop.client.clone();
    let sku = || "TEA".to_owned();
    match rpc {
        "CreateCategory" => shop.category("new").await,
        "UpdateCategory" => {
            let request = UpdateCategoryRequest {
                current_slug: "goods".to_owned(),
                slug: "goods".to_owned(),
                name: "Goods".to_owned(),
                description: String::new(),
                position: 7,
                version: 1,
            };
            client.update_category(shop.staff(request)).await.unwrap();
        }
        "DeleteCategory" => {
            let slug = "empty".to_owned();
            let request = DeleteCategoryRequest { slug };
            client.delete_category(shop.staff(request)).await.unwrap();
        }
        "CreateProduct" => drop(shop.product(goods("COFFEE", "coffee")).await),
        "UpdateProduct" => {
            let product = GetProductBySkuRequest { sku: sku() };
            let product = client.get_product_by_sku(shop.staff(product)).await;
            let product = product.unwrap().into_inner().product.unwrap();
            let request = UpdateProductRequest {
                price: Some(Money {
                    minor_units: 4_200,
                    currency: "EUR".to_owned(),
                }),
                ..update_of(&product)
            };
            client.update_product(shop.staff(request)).await.unwrap();
        }
        "ArchiveProduct" => {
            let request = ArchiveProductRequest { sku: sku() };
            client.archive_product(shop.staff(request)).await.unwrap();
        }
        "RestoreProduct" => {
            let request = ArchiveProductRequest { sku: sku() };
            client.archive_product(shop.staff(request)).await.unwrap();
            let request = RestoreProductRequest { sku: sku() };
            client.restore_product(shop.staff(request)).await.unwrap();
        }
        "AdjustStock" => {
            let request = AdjustStockRequest {
                sku: sku(),
                delta: 5,
                reason: "counted".to_owned(),
                idempotency_key: String::new(),
            };
            client.adjust_stock(shop.staff(request)).await.unwrap();
        }
        other => panic!("{other} has no call in this test"),
    }
}

async fn shop() -> Shop {
    let shop = Shop::start().await;
    shop.category("goods").await;
    shop.category("empty").await;
    shop.product(goods("TEA", "tea")).await;
    shop
}

async fn last(shop: &Shop, kind: &str) -> Value {
    let select = format!(
        "SELECT json_build_object('subject', subject, 'actor', actor_id, 'reason', reason,
                'before', before, 'after', after)::text AS value
         FROM operator_actions WHERE kind = '{kind}' ORDER BY id DESC LIMIT 1"
    );
    serde_json::from_str(&shop.database.text(&select).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_staff_leaves_a_record() {
    for path in catalog::POLICY.staff_writes(contracts::DESCRIPTOR_SET) {
        let rpc = path.rsplit('/').next().unwrap();
        let kind = KINDS.iter().find(|(name, _)| *name == rpc);
        let (_, kind) = kind.unwrap_or_else(|| panic!("{rpc} has no kind of record in this test"));
        let shop = shop().await;
        let of_kind = format!("operator_actions WHERE kind = '{kind}'");
        let before = shop.database.count(&of_kind).await;
        call(&shop, rpc).await;
        assert_eq!(shop.database.count(&of_kind).await, before + 1, "{rpc}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_says_what_changed() {
    let shop = shop().await;
    call(&shop, "UpdateProduct").await;
    let record = last(&shop, "product.update").await;
    assert_eq!(record["subject"], "TEA");
    assert_eq!(record["actor"], shop.staff_id.to_string());
    assert_eq!(record["after"], json!({"price_minor_units": 4_200}));
    let keys: Vec<_> = record["before"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["price_minor_units"]);

    call(&shop, "AdjustStock").await;
    let record = last(&shop, "stock.adjust").await;
    assert_eq!(record["reason"], "counted");
    let on_hand = |side: &str| record[side]["on_hand"].as_i64().unwrap();
    assert_eq!(on_hand("after") - on_hand("before"), 5);

    call(&shop, "ArchiveProduct").await;
    let record = last(&shop, "product.archive").await;
    assert_eq!(record["before"], json!({"archived": false}));
    assert_eq!(record["after"], json!({"archived": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_leaves_no_record() {
    let shop = shop().await;
    let before = shop.database.count("operator_actions").await;
    let request = AdjustStockRequest {
        sku: "TEA".to_owned(),
        delta: -1_000_000,
        reason: "lost".to_owned(),
        idempotency_key: String::new(),
    };
    let answer = shop.client.clone().adjust_stock(shop.staff(request)).await;
    assert!(answer.is_err());
    let slug = "goods".to_owned();
    let request = DeleteCategoryRequest { slug };
    let mut client = shop.client.clone();
    let answer = client.delete_category(shop.staff(request)).await;
    assert!(answer.is_err());
    assert_eq!(shop.database.count("operator_actions").await, before);
}
