//! Archived products are listed, read, changed and restored; former slugs lead to their product.

use contracts::catalog::v1::{
    ArchiveProductRequest, CreateProductRequest, GetProductBySkuRequest, GetProductRequest,
    ListProductsRequest, ListProductsResponse, Product, ProductState, RestoreProductRequest,
    UpdateProductRequest,
};
use tonic::{Response, Status};

use crate::support::{Shop, goods, query, refusal, update_of};

async fn archive(shop: &Shop, sku: &str) -> Product {
    let sku = sku.to_owned();
    let request = shop.staff(ArchiveProductRequest { sku });
    let answer = shop.client.clone().archive_product(request).await;
    answer.unwrap().into_inner().product.unwrap()
}

async fn restore(shop: &Shop, sku: &str) -> Result<Product, Status> {
    let sku = sku.to_owned();
    let request = shop.staff(RestoreProductRequest { sku });
    let answer = shop.client.clone().restore_product(request).await;
    answer.map(|answer| answer.into_inner().product.unwrap())
}

async fn update(shop: &Shop, request: UpdateProductRequest) -> Result<Product, Status> {
    let request = shop.staff(request);
    let answer = shop.client.clone().update_product(request).await;
    answer.map(|answer| answer.into_inner().product.unwrap())
}

async fn rename(shop: &Shop, product: &Product, slug: &str) -> Product {
    let slug = slug.to_owned();
    let request = UpdateProductRequest {
        slug,
        ..update_of(product)
    };
    update(shop, request).await.unwrap()
}

async fn list(
    shop: &Shop,
    state: ProductState,
    page_size: u32,
    page_token: String,
) -> ListProductsResponse {
    let request = shop.staff(ListProductsRequest {
        state: state.into(),
        page_size,
        page_token,
    });
    let answer = shop.client.clone().list_products(request).await;
    answer.map(Response::into_inner).unwrap()
}

fn skus(page: &ListProductsResponse) -> Vec<&str> {
    page.products
        .iter()
        .map(|product| product.sku.as_str())
        .collect()
}

/// The SKU and the slug of the product that a slug leads to.
async fn found(shop: &Shop, slug: &str) -> Result<(String, String), Status> {
    let slug = slug.to_owned();
    let mut client = shop.client.clone();
    let answer = client.get_product(GetProductRequest { slug }).await;
    let product = answer?.into_inner().product.unwrap();
    Ok((product.sku, product.slug))
}

fn pair(sku: &str, slug: &str) -> (String, String) {
    (sku.to_owned(), slug.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_list_products_by_state_in_pages() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    for sku in ["A", "B", "C", "D"] {
        shop.product(goods(sku, sku)).await;
    }
    archive(&shop, "A").await;
    archive(&shop, "C").await;
    let all = list(&shop, ProductState::Unspecified, 0, String::new()).await;
    assert_eq!(skus(&all), ["D", "C", "B", "A"]);
    assert_eq!(all.next_page_token, "");
    let for_sale = list(&shop, ProductState::ForSale, 0, String::new()).await;
    assert_eq!(skus(&for_sale), ["D", "B"]);
    let first = list(&shop, ProductState::Archived, 1, String::new()).await;
    assert_eq!(skus(&first), ["C"]);
    assert!(first.products[0].archived);
    let second = list(&shop, ProductState::Archived, 1, first.next_page_token).await;
    assert_eq!(skus(&second), ["A"]);
    assert_eq!(second.next_page_token, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_product_is_read_changed_and_restored() {
    let shop = Shop::start().await;
    shop.stocked("MUG", 7).await;
    let archived = archive(&shop, "MUG").await;
    let sku = "MUG".to_owned();
    let request = shop.staff(GetProductBySkuRequest { sku });
    let read = shop.client.clone().get_product_by_sku(request).await;
    assert_eq!(read.unwrap().into_inner().product.unwrap(), archived);

    let request = UpdateProductRequest {
        name: "Big Mug".to_owned(),
        ..update_of(&archived)
    };
    let changed = update(&shop, request).await.unwrap();
    assert!(changed.archived);
    assert_eq!(shop.found(query("big")).await, Vec::<String>::new());

    for _ in 0..2 {
        let restored = restore(&shop, "MUG").await.unwrap();
        assert!(!restored.archived);
        assert_eq!((restored.version, restored.available), (4, 7));
    }
    assert_eq!(shop.found(query("big")).await, ["MUG"]);
    assert_eq!(found(&shop, "mug").await.unwrap(), pair("MUG", "mug"));
    let unknown = restore(&shop, "NONE").await;
    assert_eq!(refusal(unknown).1, "PRODUCT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slug_of_an_archived_product_can_be_used_and_its_sku_cannot() {
    let shop = Shop::start().await;
    let first = shop.stocked("MUG", 1).await;
    let archived = archive(&shop, "MUG").await;
    let again = shop.staff(goods("MUG", "Another mug"));
    let refused = shop.client.clone().create_product(again).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "the archived product \"MUG\" has this SKU; restore it, or choose another SKU"
    );
    assert_eq!(refusal(Err::<(), _>(refused)).1, "SKU_TAKEN");

    shop.product(CreateProductRequest {
        slug: first.slug.clone(),
        ..goods("MUG-2", "Mug")
    })
    .await;
    assert_eq!(found(&shop, "mug").await.unwrap(), pair("MUG-2", "mug"));
    assert_eq!(refusal(restore(&shop, "MUG").await).1, "SLUG_TAKEN");
    // Nothing has changed: the product is archived, and its stock is not for sale.
    assert_eq!(rename(&shop, &archived, "old-mug").await.version, 3);
    assert!(restore(&shop, "MUG").await.is_ok());
    assert_eq!(
        found(&shop, "old-mug").await.unwrap(),
        pair("MUG", "old-mug")
    );
    assert_eq!(found(&shop, "mug").await.unwrap(), pair("MUG-2", "mug"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_slug_leads_to_the_product_until_another_one_has_it() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let product = rename(&shop, &product, "cup").await;
    let product = rename(&shop, &product, "beaker").await;
    for slug in ["mug", "cup", "beaker"] {
        assert_eq!(found(&shop, slug).await.unwrap(), pair("MUG", "beaker"));
    }
    // Back to a former slug.
    let product = rename(&shop, &product, "cup").await;
    assert_eq!(found(&shop, "beaker").await.unwrap(), pair("MUG", "cup"));

    // Another product takes a former slug, at once also in the cache.
    shop.product(CreateProductRequest {
        slug: "mug".to_owned(),
        ..goods("OTHER", "Other")
    })
    .await;
    assert_eq!(found(&shop, "mug").await.unwrap(), pair("OTHER", "mug"));

    archive(&shop, &product.sku).await;
    assert_eq!(refusal(found(&shop, "cup").await).1, "PRODUCT_NOT_FOUND");
}
