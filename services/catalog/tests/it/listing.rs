use contracts::catalog::v1::{CreateProductRequest, Facet, SearchProductsRequest, Sort};

use crate::support::{Shop, attributes, eur, goods};

/// A shop with three mugs and a lamp.
async fn shop() -> Shop {
    let shop = Shop::start().await;
    shop.category("goods").await;
    shop.category("lamps").await;
    for (sku, name, price, color, on_hand, category) in [
        ("A", "banana mug", 300, "yellow", 1, "goods"),
        ("B", "Apple Mug", 200, "red", 0, "goods"),
        ("C", "cherry mug", 200, "red", 5, "goods"),
        ("D", "Desk Lamp", 900, "red", 2, "lamps"),
    ] {
        shop.product(CreateProductRequest {
            price: eur(price),
            attributes: attributes(&[("color", color), ("size", "m")]),
            on_hand,
            category: category.to_owned(),
            ..goods(sku, name)
        })
        .await;
    }
    shop
}

fn by(sort: Sort) -> SearchProductsRequest {
    SearchProductsRequest {
        sort: sort.into(),
        ..SearchProductsRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sort_has_its_order() {
    let shop = shop().await;
    for (sort, expected) in [
        (Sort::Unspecified, ["D", "C", "B", "A"]),
        (Sort::Relevance, ["D", "C", "B", "A"]),
        (Sort::Newest, ["D", "C", "B", "A"]),
        (Sort::PriceAscending, ["B", "C", "A", "D"]),
        (Sort::PriceDescending, ["D", "A", "C", "B"]),
        (Sort::Name, ["B", "A", "C", "D"]),
    ] {
        assert_eq!(shop.found(by(sort)).await, expected, "{sort:?}");
        let mugs = SearchProductsRequest {
            query: "mug".to_owned(),
            ..by(sort)
        };
        let expected: Vec<&str> = expected.into_iter().filter(|sku| *sku != "D").collect();
        assert_eq!(shop.found(mugs).await, expected, "mugs, {sort:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_returns_the_matching_products() {
    let shop = shop().await;
    let all = || by(Sort::PriceAscending);
    let filtered = [
        (
            SearchProductsRequest {
                category: "goods".to_owned(),
                ..all()
            },
            vec!["B", "C", "A"],
        ),
        (
            SearchProductsRequest {
                min_price: Some(300),
                ..all()
            },
            vec!["A", "D"],
        ),
        (
            SearchProductsRequest {
                max_price: Some(299),
                ..all()
            },
            vec!["B", "C"],
        ),
        (
            SearchProductsRequest {
                min_price: Some(201),
                max_price: Some(899),
                ..all()
            },
            vec!["A"],
        ),
        (
            SearchProductsRequest {
                in_stock: true,
                ..all()
            },
            vec!["C", "A", "D"],
        ),
        (
            SearchProductsRequest {
                attributes: attributes(&[("color", "red")]),
                ..all()
            },
            vec!["B", "C", "D"],
        ),
        (
            SearchProductsRequest {
                attributes: attributes(&[("color", "red"), ("size", "xl")]),
                ..all()
            },
            vec![],
        ),
        (
            SearchProductsRequest {
                category: "goods".to_owned(),
                in_stock: true,
                max_price: Some(300),
                attributes: attributes(&[("color", "red"), ("size", "m")]),
                ..all()
            },
            vec!["C"],
        ),
        (
            SearchProductsRequest {
                category: "nowhere".to_owned(),
                ..all()
            },
            vec![],
        ),
    ];
    for (request, expected) in filtered {
        let request = SearchProductsRequest {
            facets: true,
            ..request
        };
        assert_eq!(shop.found(request.clone()).await, expected, "{request:?}");
        let by_name = SearchProductsRequest {
            sort: Sort::Name.into(),
            ..request.clone()
        };
        let mut found = shop.found(by_name).await;
        found.sort();
        let mut sorted = expected.clone();
        sorted.sort_unstable();
        assert_eq!(found, sorted, "by name: {request:?}");
    }
}

fn counts(facets: &[Facet], name: &str) -> Vec<(String, u32)> {
    let facet = facets.iter().find(|facet| facet.name == name);
    let values = facet.map(|facet| facet.values.clone()).unwrap_or_default();
    values
        .into_iter()
        .map(|value| (value.value, value.count))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_count_the_matches_of_query_and_filters() {
    let shop = shop().await;
    let pair = |value: &str, count| (value.to_owned(), count);
    let all = SearchProductsRequest {
        facets: true,
        page_size: 1,
        ..by(Sort::Name)
    };
    let page = shop.search(all.clone()).await;
    assert_eq!(
        page.facets.first().map(|facet| facet.name.as_str()),
        Some("category")
    );
    assert_eq!(
        counts(&page.facets, "category"),
        [pair("goods", 3), pair("lamps", 1)]
    );
    assert_eq!(
        counts(&page.facets, "attributes.color"),
        [pair("red", 3), pair("yellow", 1)]
    );

    let mugs = SearchProductsRequest {
        query: "mug".to_owned(),
        in_stock: true,
        ..all.clone()
    };
    let page = shop.search(mugs).await;
    assert_eq!(counts(&page.facets, "category"), [pair("goods", 2)]);
    assert_eq!(
        counts(&page.facets, "attributes.color"),
        [pair("red", 1), pair("yellow", 1)]
    );

    let without = SearchProductsRequest {
        facets: false,
        ..all
    };
    assert_eq!(shop.search(without).await.facets, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_sorted_by_a_language_and_not_by_bytes() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    let sorted = [
        "10 cups",
        "\u{c4}pfel",
        "apple",
        "Apple",
        "apricot",
        "\u{c9}clair",
        "Z\u{fc}rich",
        "\u{3b1}\u{3b2}\u{3b3}",
        "\u{62b9}\u{8336}",
    ];
    for (number, name) in sorted.iter().enumerate().rev() {
        shop.product(CreateProductRequest {
            attributes: attributes(&[("size", "m")]),
            description: "thing".to_owned(),
            ..goods(&format!("P-{number}"), name)
        })
        .await;
    }
    let thing = || SearchProductsRequest {
        query: "thing".to_owned(),
        ..by(Sort::Name)
    };
    let goods = || SearchProductsRequest {
        category: "goods".to_owned(),
        ..by(Sort::Name)
    };
    let filtered = || SearchProductsRequest {
        attributes: attributes(&[("size", "m")]),
        ..by(Sort::Name)
    };
    for mut request in [by(Sort::Name), thing(), goods(), filtered()] {
        request.page_size = 2;
        let mut names: Vec<String> = Vec::new();
        loop {
            let page = shop.search(request.clone()).await;
            names.extend(page.products.into_iter().map(|product| product.name));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(names, sorted, "{request:?}");
    }
}
