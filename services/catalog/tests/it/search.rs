use contracts::catalog::v1::{CreateProductRequest, SearchProductsRequest};

use crate::support::{Shop, attributes, eur, goods, query};

/// A shop whose products have the same words in different fields.
async fn shop() -> Shop {
    let shop = Shop::start().await;
    shop.category("goods").await;
    shop.category("drinks").await;
    let mut espresso = goods("ESPRESSO", "Espresso Coffee Beans");
    espresso.category = "drinks".to_owned();
    espresso.description = "Dark roast from Brazil.".to_owned();
    espresso.attributes = attributes(&[("roast", "dark"), ("origin", "Brazil")]);
    shop.product(espresso).await;
    let mut filter = goods("FILTER", "Morning Blend");
    filter.category = "drinks".to_owned();
    filter.description = "A mild filter coffee for every day.".to_owned();
    filter.attributes = attributes(&[("roast", "light"), ("kind", "coffee")]);
    shop.product(filter).await;
    let mut grinder = goods("GRINDER", "Hand Grinder");
    grinder.description = "Grinds beans for coffee, and pepper too.".to_owned();
    shop.product(grinder).await;
    shop.product(goods("KEYBOARD", "Mechanical Keyboard")).await;
    shop.product(goods("CAFE", "Café au Lait Bowl")).await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn typos_are_corrected() {
    let shop = shop().await;
    for (typo, corrected, sku) in [
        ("coffe", "", "ESPRESSO"),
        ("cofee", "coffee", "ESPRESSO"),
        ("expresso", "espresso", "ESPRESSO"),
        ("keybord", "keyboard", "KEYBOARD"),
        ("keybaord ", "keyboard", "KEYBOARD"),
        ("mechancial keybord", "mechanical keyboard", "KEYBOARD"),
    ] {
        let page = shop.search(query(typo)).await;
        assert_eq!(page.corrected_query, corrected, "{typo}");
        assert_eq!(
            page.products.first().map(|p| p.sku.as_str()),
            Some(sku),
            "{typo}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_not_corrected() {
    let shop = shop().await;
    for nonsense in ["xyzzy", "qq", "keyboard9000", "'); DROP TABLE products; --"] {
        let page = shop.search(query(nonsense)).await;
        assert_eq!(page.products, [], "{nonsense}");
        assert_eq!(page.corrected_query, "", "{nonsense}");
    }
    assert_eq!(shop.found(query("")).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_weigh_more_than_attributes_and_those_more_than_descriptions() {
    let shop = shop().await;
    assert_eq!(
        shop.found(query("coffee")).await,
        ["ESPRESSO", "FILTER", "GRINDER"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn words_match_in_any_form_and_without_accents() {
    let shop = shop().await;
    for (text, sku) in [
        ("keyboards", "KEYBOARD"),
        ("grinding", "GRINDER"),
        ("cafe", "CAFE"),
        ("CAFÉ", "CAFE"),
        ("the hand grinder", "GRINDER"),
        ("drinks brazil", "ESPRESSO"),
    ] {
        assert_eq!(shop.found(query(text)).await, [sku], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_word_may_be_unfinished() {
    let shop = shop().await;
    assert_eq!(shop.found(query("mech")).await, ["KEYBOARD"]);
    assert_eq!(shop.found(query("mechanical keyb")).await, ["KEYBOARD"]);
    assert_eq!(
        shop.found(query("mech keyboard")).await,
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_words_must_match() {
    let shop = shop().await;
    assert_eq!(shop.found(query("coffee dark")).await, ["ESPRESSO"]);
    assert_eq!(
        shop.found(query("keyboard coffee")).await,
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_words_alone_list_everything() {
    let shop = shop().await;
    assert_eq!(shop.found(query("the")).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_filters_are_combined() {
    let shop = shop().await;
    let with = |change: fn(&mut SearchProductsRequest)| {
        let mut request = query("coffee");
        change(&mut request);
        request
    };
    let drinks = with(|request| request.category = "drinks".to_owned());
    assert_eq!(shop.found(drinks).await, ["ESPRESSO", "FILTER"]);
    let dark = with(|request| request.attributes = attributes(&[("roast", "dark")]));
    assert_eq!(shop.found(dark).await, ["ESPRESSO"]);
    let unknown_category = with(|request| request.category = "nowhere".to_owned());
    assert_eq!(shop.found(unknown_category).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_a_new_product_is_a_correction_at_once() {
    let shop = shop().await;
    shop.product(CreateProductRequest {
        price: eur(5),
        ..goods("ZITHER", "Alpine Zither")
    })
    .await;
    let page = shop.search(query("zithr")).await;
    assert_eq!(page.corrected_query, "zither");
    assert_eq!(page.products.len(), 1);
}
