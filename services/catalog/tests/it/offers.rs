use contracts::catalog::v1::{BatchGetOffersRequest, CreateProductRequest, Offer};
use prost::Message;

use crate::support::{Shop, goods};

async fn offers(shop: &Shop, skus: Vec<String>) -> Vec<Offer> {
    let request = BatchGetOffersRequest { skus };
    let answer = shop.client.clone().batch_get_offers(request).await;
    answer.unwrap().into_inner().offers
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_has_what_a_cart_needs() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 3).await;
    let found = offers(&shop, vec!["MUG".to_owned(), "UNKNOWN".to_owned()]).await;
    let offer = Offer {
        product_id: product.id,
        sku: "MUG".to_owned(),
        slug: product.slug,
        name: product.name,
        price: product.price,
        available: 3,
        archived: false,
    };
    assert_eq!(found, [offer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offers_of_a_hundred_of_the_largest_products_fit_into_a_response() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    let name = "\u{20000}".repeat(200);
    let mut skus = Vec::new();
    for n in 0..100 {
        let sku = format!("{n:040}");
        // 31,164 bytes of the 32,000 that all texts may have together.
        shop.product(CreateProductRequest {
            slug: format!("{n:0120}"),
            description: "tea ".repeat(1_250),
            attributes: (0..30)
                .map(|key| (format!("{key:040}"), "\u{1F600}".repeat(200)))
                .collect(),
            ..goods(&sku, &name)
        })
        .await;
        skus.push(sku);
    }
    let found = offers(&shop, skus).await;
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|offer| offer.name == name));
    let bytes: usize = found.iter().map(Message::encoded_len).sum();
    assert!(bytes < 200_000, "{bytes}");
}
