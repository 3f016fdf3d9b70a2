use contracts::catalog::v1::{ListCategoriesRequest, SearchProductsRequest};
use kernel::Clock;

use crate::support::{Shop, query};

async fn seed(shop: &Shop, arguments: &[&str]) {
    let arguments = arguments.iter().map(ToString::to_string).collect();
    catalog::seed(shop.config.clone(), arguments).await.unwrap();
}

async fn count(shop: &Shop) -> usize {
    let mut request = SearchProductsRequest {
        page_size: 100,
        ..query("")
    };
    let mut count = 0;
    loop {
        let page = shop.search(request.clone()).await;
        count += page.products.len();
        if page.next_page_token.is_empty() {
            return count;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_catalog_is_loaded_once() {
    let shop = Shop::start().await;
    seed(&shop, &[]).await;
    let categories = shop
        .client
        .clone()
        .list_categories(ListCategoriesRequest {})
        .await;
    assert!(categories.unwrap().into_inner().categories.len() >= 8);
    let first = count(&shop).await;
    assert!(first >= 84, "{first}");
    seed(&shop, &[]).await;
    assert_eq!(count(&shop).await, first);

    let coffee = shop.search(query("coffe")).await;
    assert!(coffee.products.len() >= 4);
    assert!(coffee.products[0].name.to_lowercase().contains("coffee"));
    let keyboards = shop.search(query("keybord")).await;
    assert_eq!(keyboards.corrected_query, "keyboard");
    assert!(keyboards.products.iter().any(|p| p.category == "keyboards"));
    let espresso = shop.stock("COFFEE-ESPRESSO-1KG").await;
    assert!(espresso.available > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_generated_up_to_the_number_and_found() {
    let shop = Shop::start().await;
    seed(&shop, &[]).await;
    let demo = count(&shop).await;
    seed(&shop, &["--products", "300"]).await;
    seed(&shop, &["--products", "500"]).await;
    seed(&shop, &["--products", "400"]).await;
    assert_eq!(count(&shop).await, demo + 500);
    let misspelled = shop.search(query("headphnes")).await;
    assert_eq!(misspelled.corrected_query, "headphones");
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_seeded_in_the_first_currency_of_the_shop() {
    let changes = [("prices.currencies", "USD, EUR")];
    let shop = Shop::start_with(Clock::system(), &changes).await;
    seed(&shop, &["--products", "50"]).await;
    let page = shop
        .search(SearchProductsRequest {
            page_size: 100,
            ..query("")
        })
        .await;
    assert_eq!(page.products.len(), 100);
    for product in page.products {
        assert_eq!(product.price.unwrap().currency, "USD", "{}", product.sku);
    }
}
