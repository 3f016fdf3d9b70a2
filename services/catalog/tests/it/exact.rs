//! A query that is the name or the SKU of a product finds it, whatever its words are.

use std::collections::BTreeSet;

use contracts::catalog::v1::{
    ArchiveProductRequest, CreateProductRequest, SearchProductsRequest, Sort,
};
use kernel::Text;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Shop, eur, goods, query, skus};

/// A shop with products of these names. The SKU of the n-th one is `P-n`.
async fn shop(names: &[&str]) -> Shop {
    let shop = Shop::start().await;
    shop.category("goods").await;
    for (number, name) in names.iter().enumerate() {
        shop.product(goods(&format!("P-{number}"), name)).await;
    }
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_found_by_its_name_in_any_case_and_punctuation() {
    let names = [
        "Enameled Dutch Oven, 5.3 l",
        "Digital Kitchen Scale, 0.1 g",
        "Down Sleeping Bag, -5 C",
        "Node.js handbook",
        "978-3-16-148410-0",
        "AB/12-34",
        "C++",
        "The The",
        "Chef's Knife",
        "50 % off & more",
        "1\u{2044}2",
        "\u{10107}",
    ];
    let shop = shop(&names).await;
    for (number, name) in names.iter().enumerate() {
        let letters: String = name.chars().filter(|c| !c.is_ascii_punctuation()).collect();
        let joined: String = letters.split_whitespace().collect();
        let spaced = name.replace(|c: char| c.is_ascii_punctuation(), " ");
        for text in [
            (*name).to_owned(),
            name.to_uppercase(),
            letters,
            joined,
            spaced,
            format!("\"{name}\""),
            format!("p-{number}"),
        ] {
            let page = shop.search(query(&text)).await;
            let expected = format!("P-{number}");
            assert_eq!(skus(&page).first(), Some(&expected), "{name}: {text}");
            assert!(!page.no_usable_word);
            assert_eq!(page.corrected_query, "", "{name}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_very_name_comes_before_its_variants() {
    let shop = shop(&["C#", "C++", "c", "C"]).await;
    for (text, sku) in [("C#", "P-0"), ("C++", "P-1"), ("c", "P-2"), ("C", "P-3")] {
        let request = SearchProductsRequest {
            page_size: 1,
            ..query(text)
        };
        assert_eq!(shop.found(request).await, [sku], "{text}");
        assert_eq!(shop.found(query(text)).await.len(), 4, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_match_keeps_to_the_filters_and_the_sort() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    shop.category("other").await;
    for (sku, name, price, on_hand, category) in [
        ("NAMED", "Node.js", 300, 1, "goods"),
        ("OTHER", "Node JS", 100, 0, "other"),
        ("WORDS", "Learning nodejs", 200, 1, "goods"),
    ] {
        shop.product(CreateProductRequest {
            price: eur(price),
            on_hand,
            category: category.to_owned(),
            ..goods(sku, name)
        })
        .await;
    }
    let nodejs = |change: fn(&mut SearchProductsRequest)| {
        let mut request = query("nodejs");
        change(&mut request);
        request
    };
    for (request, expected) in [
        (nodejs(|_| {}), vec!["OTHER", "NAMED", "WORDS"]),
        (nodejs(|it| it.in_stock = true), vec!["NAMED", "WORDS"]),
        (nodejs(|it| it.category = "other".to_owned()), vec!["OTHER"]),
        (
            nodejs(|it| it.max_price = Some(200)),
            vec!["OTHER", "WORDS"],
        ),
        (
            nodejs(|it| it.sort = Sort::PriceAscending.into()),
            vec!["OTHER", "WORDS", "NAMED"],
        ),
        (
            nodejs(|it| it.sort = Sort::Newest.into()),
            vec!["WORDS", "OTHER", "NAMED"],
        ),
    ] {
        let request = SearchProductsRequest {
            facets: true,
            ..request
        };
        let page = shop.search(request.clone()).await;
        assert_eq!(skus(&page), expected, "{request:?}");
        let counted: u32 = page.facets[0].values.iter().map(|value| value.count).sum();
        assert_eq!(usize::try_from(counted).unwrap(), expected.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_product_is_not_found_by_its_name() {
    let shop = shop(&["Node.js"]).await;
    let request = ArchiveProductRequest {
        sku: "P-0".to_owned(),
    };
    let mut client = shop.client.clone();
    client.archive_product(shop.staff(request)).await.unwrap();
    for text in ["Node.js", "P-0"] {
        assert_eq!(shop.found(query(text)).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_exact_matches_first_and_every_product_once() {
    let mut names = vec!["Red mug"; 9];
    names.extend(["Mug"; 7]);
    names.extend(["mug!"; 2]);
    names.extend(["Mug, blue"; 3]);
    let shop = shop(&names).await;
    for sort in [Sort::Relevance, Sort::Name, Sort::PriceDescending] {
        let mut request = SearchProductsRequest {
            page_size: 4,
            sort: sort.into(),
            ..query("Mug")
        };
        let mut found: Vec<(String, String)> = Vec::new();
        loop {
            let page = shop.search(request.clone()).await;
            let pairs = page.products.into_iter();
            found.extend(pairs.map(|product| (product.sku, product.name)));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
            // New matches do not shift the next pages.
            let number = 100 + found.len();
            let name = ["Mug", "Red mug"][number / 4 % 2];
            let sku = format!("{sort:?}-{number}").to_uppercase();
            shop.product(goods(&sku, name)).await;
        }
        let listed: BTreeSet<&str> = found.iter().map(|(sku, _)| sku.as_str()).collect();
        assert_eq!(listed.len(), found.len(), "{sort:?}: a duplicate");
        for number in 0..names.len() {
            let sku = format!("P-{number}");
            assert!(listed.contains(sku.as_str()), "{sort:?}: {sku} is missing");
        }
        if sort == Sort::Relevance {
            let first: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
            assert_eq!(first[..7], ["Mug"; 7]);
            assert_eq!(first[7..9], ["mug!"; 2]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_legal_name_and_sku_is_found_on_the_first_page() {
    let words = prop_oneof![
        "[a-zA-Z0-9]{1,6}",
        "[!-~]{1,8}",
        "[\\u{e0}-\\u{17f}]{1,6}",
        "[\\u{3041}-\\u{30ff}\\u{4e00}-\\u{4fff}]{1,6}",
        "[\\u{e01}-\\u{e2e}\\u{1780}-\\u{17b3}\\u{1000}-\\u{102a}]{1,6}",
        "[\\u{391}-\\u{44f}\\u{5d0}-\\u{5ea}\\u{620}-\\u{64a}\\u{905}-\\u{94d}\\u{ac00}-\\u{ad00}]{1,6}",
        "\\PC{1,6}",
        any::<char>().prop_map(String::from),
    ];
    let name = proptest::collection::vec(words, 1..8)
        .prop_map(|words| words.join(" "))
        .prop_filter_map("a legal name", |name| Text::Name.check(&name, 1..=200).ok());
    let mut runner = TestRunner::deterministic();
    let names: BTreeSet<String> = (0..120)
        .map(|_| name.new_tree(&mut runner).unwrap().current())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shop = shop(&names).await;
    for (number, name) in names.iter().enumerate() {
        let sku = format!("P-{number}");
        for text in [*name, &sku, &sku.to_lowercase()] {
            let page = shop.search(query(text)).await;
            assert!(skus(&page).contains(&sku), "{sku} {name:?}: {page:?}");
            assert_eq!(page.corrected_query, "", "{name:?}");
        }
    }
}
