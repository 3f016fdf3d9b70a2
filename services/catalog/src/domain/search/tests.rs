use kernel::Currency;
use uuid::Uuid;

use super::*;

fn draft(query: &str) -> SearchDraft {
    SearchDraft {
        query: query.to_owned(),
        filters: Filters::default(),
        currency: String::new(),
        sort: None,
        page_size: 0,
        facets: false,
    }
}

/// A search in a shop that sells in EUR and JPY.
fn search(draft: SearchDraft) -> Result<Search, Error> {
    let currencies = "EUR,JPY".parse().expect("two currencies");
    Search::new(draft, &currencies)
}

fn query(text: &str) -> Option<Query> {
    search(draft(text)).expect("valid").query
}

/// The words of a query that the database separates into `tokens`. A token in parentheses is half of a pair.
fn words(text: &str, tokens: &[&str]) -> Vec<(String, bool)> {
    let token = |text: &&str| Token {
        text: text.trim_matches(['(', ')']).to_owned(),
        is_half_pair: text.starts_with('('),
    };
    let words = query(text).expect("a query");
    let words = words.words(tokens.iter().map(token).collect());
    words
        .into_iter()
        .map(|word| (word.text, word.is_prefix))
        .collect()
}

fn pair(text: &str, is_prefix: bool) -> (String, bool) {
    (text.to_owned(), is_prefix)
}

#[test]
fn the_last_word_may_be_unfinished() {
    let tokens = ["mech", "keyb"];
    let whole = pair("mech", false);
    for (text, is_prefix) in [
        ("mech keyb", true),
        ("mech keyb ", false),
        ("mech keyb!", false),
    ] {
        assert_eq!(
            words(text, &tokens),
            [whole.clone(), pair("keyb", is_prefix)]
        );
    }
    assert_eq!(words("ke", &["ke"]), [pair("ke", false)]);
}

#[test]
fn a_half_pair_of_letters_is_a_prefix() {
    let tokens = ["抹茶", "(茶)", "tea"];
    let expected = [pair("抹茶", false), pair("茶", true), pair("tea", false)];
    assert_eq!(words("抹茶 tea ", &tokens), expected);
}

#[test]
fn the_first_ten_words_are_searched_for() {
    let tokens = ["word"; 11];
    let words = words(&tokens.join(" "), &tokens);
    assert_eq!(words, vec![pair("word", false); 10]);
}

#[test]
fn a_query_that_may_be_a_sku_has_it() {
    let sku = |text: &str| query(text).and_then(|query| query.sku).map(String::from);
    assert_eq!(sku("coffee-1kg ").as_deref(), Some("COFFEE-1KG"));
    for text in ["coffee 1kg", "5.3", "-", "café", &"X".repeat(41)] {
        assert_eq!(sku(text), None, "{text}");
    }
    for blank in ["", " ", "\u{3000}"] {
        assert_eq!(query(blank), None);
    }
}

#[test]
fn relevance_requires_a_query() {
    let sort = |query: &str, sort| {
        let draft = SearchDraft {
            sort,
            ..draft(query)
        };
        search(draft).expect("valid").sort
    };
    assert_eq!(sort("coffee", None), Sort::Relevance);
    assert_eq!(sort("!", None), Sort::Relevance);
    assert_eq!(sort("", None), Sort::Newest);
    assert_eq!(sort(" ", Some(Sort::Relevance)), Sort::Newest);
    assert_eq!(sort("coffee", Some(Sort::Name)), Sort::Name);
}

#[test]
fn every_invalid_field_is_reported() {
    let attributes = (0..11).map(|n| (n.to_string(), String::new())).collect();
    let refusal = search(SearchDraft {
        query: "x".repeat(201),
        filters: Filters {
            min_price: Some(-1),
            max_price: Some(-2),
            attributes,
            ..Filters::default()
        },
        page_size: 101,
        ..draft("")
    });
    let Err(Error::Invalid(violations)) = refusal else {
        panic!("must be refused");
    };
    let mut fields: Vec<_> = violations.into_vec().into_iter().map(|v| v.field).collect();
    fields.dedup();
    fields.truncate(4);
    assert_eq!(fields, ["query", "page_size", "min_price", "max_price"]);
}

#[test]
fn a_category_with_a_control_character_is_refused() {
    let refusal = search(SearchDraft {
        filters: Filters {
            category: Some("coffee\0".to_owned()),
            ..Filters::default()
        },
        ..draft("")
    });
    let Err(Error::Invalid(violations)) = refusal else {
        panic!("must be refused");
    };
    assert_eq!(
        violations.to_string(),
        "category must be 1 to 80 lower case letters, digits and dashes"
    );
}

#[test]
fn a_list_has_one_query_one_filter_and_one_sort() {
    let list = |draft| search(draft).expect("valid").list;
    let coffee = || draft("coffee");
    let bigger = SearchDraft {
        page_size: 50,
        facets: true,
        ..coffee()
    };
    assert_eq!(list(coffee()), list(bigger));
    let filters = Filters {
        in_stock: true,
        ..Filters::default()
    };
    let sort = Some(Sort::Name);
    for other in [
        draft("tea"),
        draft(""),
        SearchDraft { sort, ..coffee() },
        SearchDraft {
            filters,
            ..coffee()
        },
        SearchDraft {
            currency: "JPY".to_owned(),
            ..coffee()
        },
    ] {
        assert_ne!(list(coffee()), list(other.clone()), "{other:?}");
    }
}

#[test]
fn a_page_starts_only_after_a_position_of_its_sort() {
    let id = Uuid::from_u128(7);
    let cursors = [
        (Cursor::Exact(0, id), Sort::Relevance),
        (Cursor::Ranked(0.5, id), Sort::Relevance),
        (Cursor::Tiered(1, None), Sort::Relevance),
        (Cursor::Price(1, id), Sort::PriceAscending),
        (Cursor::Price(1, id), Sort::PriceDescending),
        (Cursor::Name("Tea".to_owned(), id), Sort::Name),
        (Cursor::Newest(id), Sort::Newest),
    ];
    for (cursor, own) in cursors {
        for sort in [
            Sort::Relevance,
            Sort::PriceAscending,
            Sort::PriceDescending,
            Sort::Name,
            Sort::Newest,
        ] {
            let sorted = SearchDraft {
                sort: Some(sort),
                ..draft("tea")
            };
            let page = search(sorted)
                .expect("valid")
                .starting_after(Some(cursor.clone()));
            let expected = sort == own || (sort.is_by_price() && own.is_by_price());
            assert_eq!(page.is_ok(), expected, "{cursor:?} {sort:?}");
        }
    }
}

#[test]
fn prices_are_compared_in_one_currency() {
    let yen = "JPY".parse().expect("a currency");
    let currency = |currency: &str, sort, min_price, max_price| {
        let draft = SearchDraft {
            currency: currency.to_owned(),
            sort,
            filters: Filters {
                min_price,
                max_price,
                ..Filters::default()
            },
            ..draft("")
        };
        search(draft).expect("valid").filters.currency
    };
    for sort in [None, Some(Sort::Newest), Some(Sort::Name)] {
        assert_eq!(currency("", sort, None, None), None, "{sort:?}");
        assert_eq!(currency("JPY", sort, None, None), Some(yen));
        assert_eq!(currency("", sort, Some(1), None), Some(Currency::EUR));
        assert_eq!(currency("", sort, None, Some(1)), Some(Currency::EUR));
    }
    for sort in [Some(Sort::PriceAscending), Some(Sort::PriceDescending)] {
        assert_eq!(currency("", sort, None, None), Some(Currency::EUR));
        assert_eq!(currency("JPY", sort, Some(1), None), Some(yen));
    }
}

#[test]
fn a_currency_of_another_shop_is_refused() {
    for code in ["USD", "XXX", "eur", "Euro", " "] {
        let draft = SearchDraft {
            currency: code.to_owned(),
            ..draft("")
        };
        let Err(Error::Invalid(violations)) = search(draft) else {
            panic!("{code} must be refused");
        };
        assert_eq!(
            violations.to_string(),
            "currency must be one of EUR, JPY, the currencies of the shop"
        );
    }
}
