use contracts::catalog::v1::{BatchGetOffersRequest, CreateProductRequest, Image, Offer};
use prost::Message;

use crate::support::{Shop, goods};

async fn offers(shop: &Shop, skus: Vec<String>) -> Vec<Offer> {
    call(shop, skus, false).await
}

async fn call(shop: &Shop, skus: Vec<String>, with_covers: bool) -> Vec<Offer> {
    let request = BatchGetOffersRequest { skus, with_covers };
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
        cover: None,
    };
    assert_eq!(found, [offer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_has_its_cover_if_it_is_asked_for() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    let image = |url: &str| Image {
        url: url.to_owned(),
        alt: "A mug".to_owned(),
    };
    shop.product(CreateProductRequest {
        images: vec![image("/front.webp"), image("/back.webp")],
        ..goods("MUG", "Mug")
    })
    .await;
    shop.product(CreateProductRequest {
        images: Vec::new(),
        ..goods("CUP", "Cup")
    })
    .await;
    let mut found = call(&shop, vec!["MUG".to_owned(), "CUP".to_owned()], true).await;
    found.sort_by(|a, b| a.sku.cmp(&b.sku));
    let covers: Vec<_> = found.into_iter().map(|offer| offer.cover).collect();
    assert_eq!(covers, [None, Some(image("/front.webp"))]);
    let without = offers(&shop, vec!["MUG".to_owned()]).await;
    assert_eq!(without[0].cover, None);
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
