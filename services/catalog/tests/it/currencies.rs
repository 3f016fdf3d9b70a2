//! The currencies of the shop are configured.

use catalog::Config;
use chassis::config::{ConfigError, Source, load};
use contracts::catalog::v1::{
    CreateProductRequest, SearchProductsRequest, Sort, UpdateProductRequest,
};
use contracts::types::v1::Money;
use kernel::Clock;
use tonic::Code;

use crate::support::{Shop, goods, refusal, skus, update_of};

fn price(currency: &str) -> Option<Money> {
    Some(Money {
        minor_units: 500,
        currency: currency.to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_in_another_currency_is_refused_where_it_is_set() {
    let changes = [("prices.currencies", "EUR, JPY")];
    let shop = Shop::start_with(Clock::system(), &changes).await;
    let product = shop.stocked("MUG", 1).await;
    let mut client = shop.client.clone();
    for currency in ["USD", "XXX", "XAU", "eur", ""] {
        let create = shop.staff(CreateProductRequest {
            price: price(currency),
            ..goods("CUP", "Cup")
        });
        let update = shop.staff(UpdateProductRequest {
            price: price(currency),
            ..update_of(&product)
        });
        for refused in [
            refusal(client.create_product(create).await),
            refusal(client.update_product(update).await),
        ] {
            assert_eq!(refused.0, Code::InvalidArgument, "{currency}");
            assert_eq!(refused.2, ["price.currency"], "{currency}");
        }
    }
    let update = shop.staff(UpdateProductRequest {
        price: price("JPY"),
        ..update_of(&product)
    });
    let updated = client.update_product(update).await.unwrap().into_inner();
    assert_eq!(updated.product.unwrap().price, price("JPY"));
}

#[test]
fn a_currency_that_nobody_pays_with_is_a_start_up_error() {
    for (codes, problem) in [
        ("EUR,XXX", "nobody pays with XXX"),
        ("XAU", "nobody pays with XAU"),
        ("EURO", "must be an ISO 4217 currency code"),
        ("EUR,EUR", "EUR must not be there twice"),
        ("", "must be an ISO 4217 currency code"),
    ] {
        let source = Source::defaults(catalog::ABOUT)
            .set("database.url", "postgres://localhost/x")
            .set("broker.url", "amqp://localhost/x")
            .set("tokens.secrets", testkit::TOKEN_SECRET)
            .set("prices.currencies", codes);
        let refused: Result<Config, ConfigError> = load(&source);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("prices.currencies"), "{message}");
        assert!(message.contains(problem), "{message}");
    }
}

/// A shop with prices in JPY, its first currency, and in EUR.
async fn shop_of_two_currencies() -> Shop {
    let changes = [("prices.currencies", "JPY, EUR")];
    let shop = Shop::start_with(Clock::system(), &changes).await;
    shop.category("goods").await;
    for (sku, minor_units, currency) in [
        ("YEN-1", 100, "JPY"),
        ("EURO-1", 200, "EUR"),
        ("YEN-2", 300, "JPY"),
        ("EURO-2", 400, "EUR"),
    ] {
        shop.product(CreateProductRequest {
            price: Some(Money {
                minor_units,
                currency: currency.to_owned(),
            }),
            ..goods(sku, "Mug")
        })
        .await;
    }
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_of_two_currencies_are_not_compared() {
    let shop = shop_of_two_currencies().await;
    let all = ["EURO-2", "YEN-2", "EURO-1", "YEN-1"];
    let by = |sort: Sort, currency: &str| SearchProductsRequest {
        sort: sort.into(),
        currency: currency.to_owned(),
        ..SearchProductsRequest::default()
    };
    for (request, expected) in [
        (by(Sort::Newest, ""), all.as_slice()),
        (by(Sort::Newest, "EUR"), &["EURO-2", "EURO-1"]),
        (by(Sort::Name, "EUR"), &["EURO-1", "EURO-2"]),
        (by(Sort::PriceAscending, ""), &["YEN-1", "YEN-2"]),
        (by(Sort::PriceDescending, ""), &["YEN-2", "YEN-1"]),
        (by(Sort::PriceAscending, "EUR"), &["EURO-1", "EURO-2"]),
        (
            SearchProductsRequest {
                min_price: Some(200),
                ..by(Sort::Newest, "")
            },
            &["YEN-2"],
        ),
        (
            SearchProductsRequest {
                max_price: Some(300),
                ..by(Sort::Newest, "EUR")
            },
            &["EURO-1"],
        ),
    ] {
        for (query, category) in [("", ""), ("mug", ""), ("", "goods"), ("mug", "goods")] {
            let request = SearchProductsRequest {
                query: query.to_owned(),
                category: category.to_owned(),
                facets: true,
                ..request.clone()
            };
            let page = shop.search(request.clone()).await;
            assert_eq!(skus(&page), expected, "{request:?}");
            let counted = page.facets[0].values[0].count;
            assert_eq!(usize::try_from(counted).unwrap(), expected.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_sort_by_price_stay_in_its_currency() {
    let shop = shop_of_two_currencies().await;
    let mut request = SearchProductsRequest {
        sort: Sort::PriceAscending.into(),
        currency: "EUR".to_owned(),
        page_size: 1,
        ..SearchProductsRequest::default()
    };
    let first = shop.search(request.clone()).await;
    assert_eq!(skus(&first), ["EURO-1"]);
    request.page_token = first.next_page_token;
    let second = shop.search(request.clone()).await;
    assert_eq!(skus(&second), ["EURO-2"]);
    assert_eq!(second.next_page_token, "");
    let mut client = shop.client.clone();
    for currency in ["", "JPY"] {
        request.currency = currency.to_owned();
        let refused = refusal(client.search_products(request.clone()).await);
        assert_eq!(refused.1, "PAGE_TOKEN_INVALID", "{currency}");
    }
    request.currency = "USD".to_owned();
    let refused = refusal(client.search_products(request).await);
    assert_eq!(
        (refused.0, refused.2),
        (Code::InvalidArgument, vec!["currency".to_owned()])
    );
}
