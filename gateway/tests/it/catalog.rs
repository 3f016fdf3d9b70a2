use contracts::catalog::v1::*;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    samples::{ID, eur, product, product_summary, stock},
    shop::Shop,
};

fn coffee() -> Category {
    Category {
        id: ID.to_owned(),
        slug: "coffee".to_owned(),
        name: "Coffee".to_owned(),
        description: "Beans.".to_owned(),
        position: 10,
        version: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_listed_and_added() {
    let shop = Shop::open().await;
    shop.services.on(|_: ListCategoriesRequest| {
        Ok(ListCategoriesResponse {
            categories: vec![coffee()],
        })
    });
    shop.services.on(|request: CreateCategoryRequest| {
        assert_eq!((request.slug.as_str(), request.position), ("coffee", 10));
        Ok(CreateCategoryResponse {
            category: Some(coffee()),
        })
    });
    assert_json_snapshot!(shop.get("/api/v1/categories").await.expect(200));
    let new = json!({"slug": "coffee", "name": "Coffee", "position": 10});
    shop.as_staff("POST", "/api/v1/staff/categories", new)
        .await
        .expect(201);
    shop.get("/api/v1/categories").await.expect(200);
    let calls = shop.services.calls::<ListCategoriesRequest>().len();
    assert_eq!(calls, 2, "a new category evicts the cached list");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_forwards_every_parameter() {
    let shop = Shop::open().await;
    shop.services.on(|request: SearchProductsRequest| {
        let expected = SearchProductsRequest {
            query: "dark coffe".to_owned(),
            category: "coffee".to_owned(),
            min_price: Some(100),
            max_price: Some(2_000),
            in_stock: true,
            attributes: [
                ("roast".to_owned(), "dark".to_owned()),
                ("origin".to_owned(), "Peru".to_owned()),
            ]
            .into(),
            sort: Sort::PriceAscending.into(),
            page_size: 5,
            page_token: "page-2".to_owned(),
            facets: true,
            currency: "EUR".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(SearchProductsResponse {
            products: vec![product_summary()],
            next_page_token: "page-3".to_owned(),
            facets: vec![Facet {
                name: "category".to_owned(),
                values: vec![FacetValue {
                    value: "coffee".to_owned(),
                    count: 12,
                }],
            }],
            corrected_query: "dark coffee".to_owned(),
            no_usable_word: false,
        })
    });
    let answer = shop
        .get(
            "/api/v1/products?q=dark%20coffe&category=coffee&currency=EUR&min_price=100&max_price=2000\
             &in_stock=true&attributes[roast]=dark&attributes.origin=Peru&sort=price_ascending\
             &page_size=5&page_token=page-2&facets=true",
        )
        .await;
    assert_json_snapshot!(answer.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_parameters_lists_products() {
    let shop = Shop::open().await;
    shop.services.on(|request: SearchProductsRequest| {
        assert_eq!(request, SearchProductsRequest::default());
        Ok(SearchProductsResponse::default())
    });
    let answer = shop.get("/api/v1/products").await;
    assert_eq!(answer.expect(200), json!({"items": [], "facets": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_a_usable_word_says_so() {
    let shop = Shop::open().await;
    shop.services.on(|request: SearchProductsRequest| {
        assert_eq!(request.query, "%");
        Ok(SearchProductsResponse {
            no_usable_word: true,
            ..SearchProductsResponse::default()
        })
    });
    let answer = shop.get("/api/v1/products?q=%25").await;
    let expected = json!({"items": [], "facets": [], "no_usable_word": true});
    assert_eq!(answer.expect(200), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_read_by_its_slug() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetProductRequest| {
        assert_eq!(request.slug, "coffee-one");
        Ok(GetProductResponse { product: product() })
    });
    let answer = shop.get("/api/v1/products/coffee-one").await;
    assert_json_snapshot!(answer.expect(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_slug_is_not_found_without_a_call() {
    let shop = Shop::open().await;
    let long = format!("/api/v1/products/{}", "a".repeat(121));
    for path in [
        long.as_str(),
        "/api/v1/products/a%20b",
        "/api/v1/products/%2Fcategories",
    ] {
        shop.get(path).await.problem(404, "product-not-found");
    }
    assert!(shop.services.calls::<GetProductRequest>().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_adds_changes_and_archives_products() {
    let shop = Shop::open().await;
    shop.services.on(|request: CreateProductRequest| {
        assert_eq!((request.sku.as_str(), request.on_hand), ("COFFEE-1", 10));
        assert_eq!(request.price, eur(1_299));
        assert_eq!(request.images.len(), 1);
        Ok(CreateProductResponse { product: product() })
    });
    shop.services.on(|request: UpdateProductRequest| {
        assert_eq!((request.sku.as_str(), request.version), ("COFFEE-1", 3));
        assert_eq!(request.attributes["roast"], "dark");
        Ok(UpdateProductResponse { product: product() })
    });
    shop.services.on(|request: ArchiveProductRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(ArchiveProductResponse { product: product() })
    });
    shop.services
        .on(|_: GetProductBySkuRequest| Ok(GetProductBySkuResponse { product: product() }));
    let body = json!({
        "sku": "COFFEE-1", "slug": "coffee-one", "name": "Coffee One", "category": "coffee",
        "price": {"minor_units": 1299, "currency": "EUR"}, "on_hand": 10,
        "attributes": {"roast": "dark"}, "images": [{"url": "/images/coffee.webp", "alt": "A bag"}],
    });
    let added = shop.as_staff("POST", "/api/v1/staff/products", body).await;
    added.expect(201);
    let path = "/api/v1/staff/products/COFFEE-1";
    assert_eq!(added.header("location"), path);
    assert_eq!(added.header("etag"), "\"3\"");
    let change = json!({"attributes": {"roast": "dark"}});
    shop.change(path, "\"3\"", change).await.expect(200);
    shop.as_staff("DELETE", path, Value::Null).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_reads_and_adjusts_stock() {
    let shop = Shop::open().await;
    shop.services.on(|request: GetStockRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(GetStockResponse { stock: stock() })
    });
    shop.services.on(|request: AdjustStockRequest| {
        assert_eq!((request.delta, request.reason.as_str()), (-3, "counted"));
        Ok(AdjustStockResponse { stock: stock() })
    });
    let read = shop
        .as_staff("GET", "/api/v1/staff/products/COFFEE-1/stock", Value::Null)
        .await;
    assert_json_snapshot!(read.expect(200));
    let change = json!({"delta": -3, "reason": "counted"});
    let changed = shop
        .as_staff(
            "POST",
            "/api/v1/staff/products/COFFEE-1/stock-adjustments",
            change,
        )
        .await;
    assert_eq!(changed.expect(200)["available"], 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_slug_redirects_to_the_current_one() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    for _ in 0..2 {
        let answer = shop.get("/api/v1/products/first-coffee").await;
        answer.expect(308);
        assert_eq!(answer.header("location"), "/api/v1/products/coffee-one");
        // Without it, a browser would never ask for this URL again.
        assert_eq!(answer.header("cache-control"), "public, no-cache");
    }
    shop.services.on(|request: CreateProductRequest| {
        let product = product().map(|product| Product {
            slug: request.slug,
            ..product
        });
        Ok(CreateProductResponse { product })
    });
    let new = json!({
        "sku": "COFFEE-2", "slug": "first-coffee", "name": "Coffee Two", "category": "coffee",
        "price": {"minor_units": 1299, "currency": "EUR"},
    });
    shop.as_staff("POST", "/api/v1/staff/products", new)
        .await
        .expect(201);
    shop.services.on(|request: GetProductRequest| {
        let product = product().map(|product| Product {
            slug: request.slug,
            ..product
        });
        Ok(GetProductResponse { product })
    });
    let taken = shop.get("/api/v1/products/first-coffee").await;
    assert_eq!(taken.expect(200)["slug"], "first-coffee");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_lists_reads_and_restores_archived_products() {
    let shop = Shop::open().await;
    shop.services.on(|request: ListProductsRequest| {
        assert_eq!(request.state, i32::from(ProductState::Archived));
        assert_eq!((request.page_size, request.page_token.as_str()), (5, "t"));
        Ok(ListProductsResponse {
            products: vec![ProductSummary {
                archived: true,
                cover: None,
                ..product_summary()
            }],
            next_page_token: "next".to_owned(),
        })
    });
    shop.services.on(|request: GetProductBySkuRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(GetProductBySkuResponse { product: product() })
    });
    shop.services.on(|request: RestoreProductRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(RestoreProductResponse { product: product() })
    });
    let path = "/api/v1/staff/products?state=archived&page_size=5&page_token=t";
    let listed = shop.as_staff("GET", path, Value::Null).await.expect(200);
    assert_eq!(listed["items"][0]["archived"], true);
    assert_eq!(listed["items"][0].get("cover"), None);
    assert_eq!(listed["next_page_token"], "next");
    let unknown = "/api/v1/staff/products?state=gone";
    shop.as_staff("GET", unknown, Value::Null)
        .await
        .problem(400, "query-invalid");
    let path = "/api/v1/staff/products/COFFEE-1";
    let read = shop.as_staff("GET", path, Value::Null).await.expect(200);
    assert_eq!(read["description"], "The first coffee.");
    let path = "/api/v1/staff/products/COFFEE-1/restoration";
    let restored = shop.as_staff("POST", path, Value::Null).await;
    assert_eq!(restored.expect(200)["archived"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_changes_and_deletes_categories() {
    let shop = Shop::open().await;
    shop.services.on(|_: ListCategoriesRequest| {
        Ok(ListCategoriesResponse {
            categories: vec![coffee()],
        })
    });
    shop.services.on(|request: UpdateCategoryRequest| {
        assert_eq!(
            (request.current_slug.as_str(), request.slug.as_str()),
            ("coffee", "beans")
        );
        assert_eq!((request.name.as_str(), request.version), ("Coffee", 1));
        Ok(UpdateCategoryResponse {
            category: Some(coffee()),
        })
    });
    shop.services.on(|request: DeleteCategoryRequest| {
        assert_eq!(request.slug, "coffee");
        Ok(DeleteCategoryResponse {})
    });
    shop.get("/api/v1/categories").await.expect(200);
    let path = "/api/v1/staff/categories/coffee";
    let read = shop.as_staff("GET", path, Value::Null).await;
    read.expect(200);
    let change = json!({"slug": "beans", "position": 3});
    let changed = shop.change(path, read.header("etag"), change).await;
    assert_eq!(changed.expect(200)["slug"], "coffee");
    shop.get("/api/v1/categories").await.expect(200);
    shop.as_staff("DELETE", path, Value::Null).await.expect(204);
    shop.get("/api/v1/categories").await.expect(200);
    let calls = shop.services.calls::<ListCategoriesRequest>().len();
    // Three for the list, and two for the category alone.
    assert_eq!(calls, 5, "each change evicts the cached list");
}
