use std::collections::BTreeSet;

use contracts::catalog::v1::{CreateProductRequest, SearchProductsRequest, Sort};
use kernel::Clock;
use tonic::Code;

use crate::support::{Shop, attributes, eur, goods, refusal, skus};

const PRODUCTS: u32 = 25;

async fn shop() -> Shop {
    let shop = Shop::start().await;
    shop.category("goods").await;
    for number in 0..PRODUCTS {
        add(&shop, number).await;
    }
    shop
}

/// Prices and names repeat, so that there are ties.
async fn add(shop: &Shop, number: u32) {
    shop.product(CreateProductRequest {
        slug: format!("mug-{number}"),
        price: eur(i64::from(number % 4) * 100),
        attributes: attributes(&[(
            "color",
            if number.is_multiple_of(2) {
                "red"
            } else {
                "blue"
            },
        )]),
        description: "mug ".repeat(usize::try_from(number % 3).unwrap()),
        ..goods(&format!("MUG-{number}"), &format!("Mug {}", number % 5))
    })
    .await;
}

/// The SKUs of all pages; a product is added after each of the first pages.
async fn pages(shop: &Shop, mut request: SearchProductsRequest) -> Vec<String> {
    let mut listed = Vec::new();
    for page in 0..20 {
        let answer = shop.search(request.clone()).await;
        listed.extend(skus(&answer));
        if answer.next_page_token.is_empty() {
            return listed;
        }
        assert_eq!(answer.products.len(), 4, "only the last page is short");
        request.page_token = answer.next_page_token;
        if page < 3 {
            add(shop, 100 + page).await;
        }
    }
    panic!("the pages do not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_every_product_once_while_products_are_added() {
    for sort in [
        Sort::Relevance,
        Sort::PriceAscending,
        Sort::PriceDescending,
        Sort::Newest,
        Sort::Name,
    ] {
        for query in ["", "mug"] {
            let shop = shop().await;
            let listed = pages(
                &shop,
                SearchProductsRequest {
                    query: query.to_owned(),
                    sort: sort.into(),
                    page_size: 4,
                    ..SearchProductsRequest::default()
                },
            )
            .await;
            let unique: BTreeSet<&String> = listed.iter().collect();
            assert_eq!(unique.len(), listed.len(), "{sort:?} {query}: a duplicate");
            for number in 0..PRODUCTS {
                let sku = format!("MUG-{number}");
                assert!(unique.contains(&sku), "{sort:?} {query}: {sku} is missing");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_expires_after_a_day() {
    let clock = Clock::manual(Clock::system().now());
    let shop = Shop::start_with(clock.clone(), &[]).await;
    shop.category("goods").await;
    for sku in ["MUG-1", "MUG-2"] {
        shop.product(goods(sku, "Mug")).await;
    }
    let first = SearchProductsRequest {
        page_size: 1,
        ..SearchProductsRequest::default()
    };
    let page_token = shop.search(first.clone()).await.next_page_token;
    let next = SearchProductsRequest {
        page_token,
        ..first
    };
    assert_eq!(shop.search(next.clone()).await.products.len(), 1);
    clock.advance(chrono::Duration::hours(25));
    let (code, reason, _) = refusal(shop.client.clone().search_products(next).await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::InvalidArgument, "PAGE_TOKEN_INVALID")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_belongs_to_its_search() {
    let shop = shop().await;
    let request = SearchProductsRequest {
        query: "mug".to_owned(),
        page_size: 4,
        ..SearchProductsRequest::default()
    };
    let token = shop.search(request.clone()).await.next_page_token;
    let mut client = shop.client.clone();
    let mut altered = token.clone();
    let last = altered.pop().unwrap();
    altered.push(if last == 'A' { 'B' } else { 'A' });
    let with = |page_token: String| SearchProductsRequest {
        page_token,
        ..request.clone()
    };
    for wrong in [
        with("nonsense".to_owned()),
        with(altered),
        SearchProductsRequest {
            query: "mugs red".to_owned(),
            ..with(token.clone())
        },
        SearchProductsRequest {
            in_stock: true,
            ..with(token.clone())
        },
        SearchProductsRequest {
            sort: Sort::Name.into(),
            ..with(token.clone())
        },
        SearchProductsRequest {
            attributes: attributes(&[("color", "red")]),
            ..with(token.clone())
        },
    ] {
        let (code, reason, _) = refusal(client.search_products(wrong).await);
        assert_eq!(
            (code, reason.as_str()),
            (Code::InvalidArgument, "PAGE_TOKEN_INVALID")
        );
    }
    let bigger = SearchProductsRequest {
        page_size: 50,
        facets: true,
        ..with(token)
    };
    assert_eq!(shop.search(bigger).await.products.len(), 21);
}
