//! The currencies of the shop are configured.

use catalog::Config;
use chassis::config::{ConfigError, Source, load};
use contracts::catalog::v1::{CreateProductRequest, UpdateProductRequest};
use contracts::types::v1::Money;
use kernel::Clock;
use tonic::Code;

use crate::support::{Shop, goods, refusal, update_of};

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
            .set("prices.currencies", codes);
        let refused: Result<Config, ConfigError> = load(&source);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("prices.currencies"), "{message}");
        assert!(message.contains(problem), "{message}");
    }
}
