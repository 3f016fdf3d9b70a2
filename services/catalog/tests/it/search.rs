use contracts::catalog::v1::{CreateProductRequest, SearchProductsRequest, Sort};

use crate::support::{Shop, attributes, eur, goods, query, skus};

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
async fn a_query_without_a_usable_word_finds_nothing_and_says_so() {
    let shop = shop().await;
    for text in [
        "the", "of the", "%", "!", "?!", "\u{2615}", "\u{20ac}", "\u{b0}", "'",
    ] {
        for sort in [Sort::Unspecified, Sort::PriceAscending, Sort::Name] {
            let request = SearchProductsRequest {
                sort: sort.into(),
                facets: true,
                ..query(text)
            };
            let page = shop.search(request).await;
            assert_eq!((page.products, page.facets), (vec![], vec![]), "{text}");
            assert!(page.no_usable_word, "{text}");
            assert_eq!(page.corrected_query, "", "{text}");
        }
    }
    for blank in ["", " ", "\u{3000}"] {
        let page = shop.search(query(blank)).await;
        assert_eq!(page.products.len(), 5, "{blank:?}");
        assert!(!page.no_usable_word, "{blank:?}");
    }
    let page = shop.search(query("xyzzy")).await;
    assert!(!page.no_usable_word, "a word that no product has");
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

#[tokio::test(flavor = "multi_thread")]
async fn punctuation_separates_words_in_every_text() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    let mut book = goods("BOOK", "Node.js handbook");
    book.description = "ISBN 978-3-16-148410-0, with cover/jacket.".to_owned();
    book.attributes = attributes(&[("part", "AB/12-34_x"), ("weight", "-0.5 kg")]);
    shop.product(book).await;
    shop.product(goods("NOSE", "Nose clip")).await;
    for text in [
        "node",
        "js handbook",
        "handbook, node.js",
        "978-3-16-148410-0",
        "978 3 16 148410 0",
        "isbn 978-3-16",
        "AB/12-34_x",
        "ab 12",
        "cover",
        "jacket",
        "0.5 kg",
        "\u{ff2e}\u{ff2f}\u{ff24}\u{ff25}",
    ] {
        let page = shop.search(query(text)).await;
        assert_eq!(skus(&page), ["BOOK"], "{text}");
        assert_eq!(page.corrected_query, "", "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_without_spaces_is_found_by_its_parts() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    let mut latte = goods("LATTE", "\u{62b9}\u{8336}\u{30e9}\u{30c6}USB");
    latte.description =
        "\u{5b87}\u{6cbb}\u{306e}\u{8336}\u{8449}\u{3092}\u{4f7f}\u{7528}".to_owned();
    shop.product(latte).await;
    // A travel bag.
    let bag = "\u{e01}\u{e23}\u{e30}\u{e40}\u{e1b}\u{e4b}\u{e32}\u{e40}\u{e14}\u{e34}\u{e19}\u{e17}\u{e32}\u{e07}";
    shop.product(goods("BAG", bag)).await;
    for (text, expected) in [
        ("\u{62b9}", vec!["LATTE"]),
        ("\u{8336}", vec!["LATTE"]),
        ("\u{30c6}", vec!["LATTE"]),
        ("\u{62b9}\u{8336}", vec!["LATTE"]),
        ("\u{8336}\u{30e9}", vec!["LATTE"]),
        ("\u{ff97}\u{ff83}", vec!["LATTE"]),
        ("usb \u{30e9}\u{30c6}", vec!["LATTE"]),
        ("\u{8449}\u{3092}", vec!["LATTE"]),
        ("\u{30c6}\u{62b9}", vec![]),
        (
            "\u{e40}\u{e14}\u{e34}\u{e19}\u{e17}\u{e32}\u{e07}",
            vec!["BAG"],
        ),
    ] {
        assert_eq!(shop.found(query(text)).await, expected, "{text}");
    }
}
