//! Changes by merge patch, based on a version.

use contracts::catalog::v1::{
    GetProductBySkuRequest, GetProductBySkuResponse, Product, UpdateProductRequest,
    UpdateProductResponse,
};
use serde_json::json;
use tonic::Code;

use crate::{
    samples::{product, refusal},
    shop::{Answer, Shop},
};

const PATH: &str = "/api/v1/staff/products/COFFEE-1";

/// A shop with the product in version 3, which returns what an update makes of it.
async fn open() -> Shop {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetProductBySkuRequest| Ok(GetProductBySkuResponse { product: product() }));
    shop.services.on(|request: UpdateProductRequest| {
        let product = product().map(|product| Product {
            name: request.name,
            description: request.description,
            attributes: request.attributes,
            version: request.version + 1,
            ..product
        });
        Ok(UpdateProductResponse { product })
    });
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_members_of_a_patch_change() {
    let shop = open().await;
    let before = shop
        .as_staff("GET", PATH, serde_json::Value::Null)
        .await
        .expect(200);
    let patch = json!({"name": "New", "description": null, "attributes": {"origin": "Kenya"}});
    let changed = shop.change(PATH, "\"3\"", patch).await;
    let after = changed.expect(200);
    assert_eq!(changed.header("etag"), "\"4\"");
    assert_eq!(
        (&after["name"], &after["description"]),
        (&json!("New"), &json!(""))
    );
    assert_eq!(after["attributes"]["origin"], "Kenya");
    assert_eq!(after["attributes"]["roast"], before["attributes"]["roast"]);
    for same in ["slug", "price", "category", "images"] {
        assert_eq!(after[same], before[same], "{same}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_or_of_another_version_is_not_made() {
    let shop = open().await;
    let request = shop.request("PATCH", PATH).bearer_auth(&shop.staff);
    let missing = Answer::of(request.json(&json!({"name": "New"}))).await;
    missing.problem(428, "if-match-missing");
    let stale = shop.change(PATH, "\"2\"", json!({"name": "New"})).await;
    let document = stale.problem(412, "product-changed");
    assert!(
        document["detail"].as_str().unwrap().contains("\"3\""),
        "{document}"
    );
    let malformed = shop.change(PATH, "3", json!({"name": "New"})).await;
    let document = malformed.problem(400, "header-invalid");
    assert_eq!(document["errors"][0]["field"], "If-Match");
    assert!(shop.services.calls::<UpdateProductRequest>().is_empty());
    shop.change(PATH, "*", json!({"name": "New"}))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_the_same_time_the_second_is_refused() {
    let shop = open().await;
    // Another change was made after the gateway read the product.
    shop.services.on(|_: UpdateProductRequest| {
        let message = "the product has changed: its version is 4";
        Err::<UpdateProductResponse, _>(refusal(Code::Aborted, "PRODUCT_CHANGED", message))
    });
    let late = shop.change(PATH, "\"3\"", json!({"name": "New"})).await;
    late.problem(412, "product-changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_obeys_the_rules_of_the_whole() {
    let shop = open().await;
    for (patch, field) in [
        (json!({"sku": "TEA"}), "sku"),
        (json!({"version": 7}), "version"),
        (json!({"name": 7}), "name"),
        (json!({"name": null}), "name"),
        (
            json!({"price": {"minor_units": "free"}}),
            "price.minor_units",
        ),
        (json!({"price": {"tax": 1}}), "price.tax"),
    ] {
        let refused = shop.change(PATH, "\"3\"", patch.clone()).await;
        let document = refused.problem(422, "validation-failed");
        assert_eq!(document["errors"][0]["field"], field, "{patch}");
    }
    let list = shop.change(PATH, "\"3\"", json!([1])).await;
    list.problem(400, "json-invalid");
    assert!(shop.services.calls::<UpdateProductRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_has_its_own_media_type() {
    let shop = open().await;
    for (media_type, status) in [
        ("application/merge-patch+json", 200),
        ("application/json", 200),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
    ] {
        let request = shop.request("PATCH", PATH).bearer_auth(&shop.staff);
        let request = request
            .header("If-Match", "*")
            .header("Content-Type", media_type)
            .body(r#"{"name": "New"}"#);
        assert_eq!(Answer::of(request).await.status, status, "{media_type}");
    }
}
