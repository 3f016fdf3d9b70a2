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
        page_token: String::new(),
        facets: false,
    }
}

/// A search in a shop that sells in EUR and JPY.
fn search(draft: SearchDraft) -> Result<Search, Error> {
    let currencies = "EUR,JPY".parse().expect("two currencies");
    Search::new(draft, &currencies)
}

fn texts(query: &str) -> Vec<(String, bool)> {
    let search = search(draft(query)).expect("valid");
    let pair = |word: Word| (word.text, word.is_prefix);
    search.words.into_iter().map(pair).collect()
}

#[test]
fn a_query_is_split_into_lower_case_words() {
    assert_eq!(
        texts("Café & USB-C  'drop table'"),
        [
            ("café".to_owned(), false),
            ("usb".to_owned(), false),
            ("c".to_owned(), false),
            ("drop".to_owned(), false),
            ("table".to_owned(), false),
        ]
    );
}

#[test]
fn the_last_word_may_be_unfinished() {
    assert_eq!(texts("mech keyb").last(), Some(&("keyb".to_owned(), true)));
    assert_eq!(texts("keyb ").last(), Some(&("keyb".to_owned(), false)));
    assert_eq!(texts("ke").last(), Some(&("ke".to_owned(), false)));
}

#[test]
fn relevance_requires_words() {
    let sort = |query: &str, sort| {
        let draft = SearchDraft {
            sort,
            ..draft(query)
        };
        search(draft).expect("valid").sort
    };
    assert_eq!(sort("coffee", None), Sort::Relevance);
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
        "category must not contain control characters"
    );
}

#[test]
fn a_token_is_valid_for_its_own_search_only() {
    let first = search(draft("coffee")).expect("valid");
    let cursor = Cursor::Newest(Uuid::from_u128(7));
    let page_token = first.token(&cursor);
    let next = |query: &str, page_token: String| {
        search(SearchDraft {
            page_token,
            ..draft(query)
        })
    };
    assert_eq!(
        next("coffee", page_token.clone()).expect("valid").after,
        Some(cursor)
    );
    assert_eq!(
        next("tea", page_token.clone()),
        Err(Error::PageTokenInvalid)
    );
    let altered = page_token.replace(
        |c: char| c == page_token.chars().next().expect("not empty"),
        "_",
    );
    assert_eq!(next("coffee", altered), Err(Error::PageTokenInvalid));
    assert_eq!(
        next("coffee", "nonsense".to_owned()),
        Err(Error::PageTokenInvalid)
    );
}

#[test]
fn prices_are_compared_in_one_currency() {
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
        assert_eq!(currency("JPY", sort, None, None), Some(Currency::JPY));
        assert_eq!(currency("", sort, Some(1), None), Some(Currency::EUR));
        assert_eq!(currency("", sort, None, Some(1)), Some(Currency::EUR));
    }
    for sort in [Some(Sort::PriceAscending), Some(Sort::PriceDescending)] {
        assert_eq!(currency("", sort, None, None), Some(Currency::EUR));
        assert_eq!(currency("JPY", sort, Some(1), None), Some(Currency::JPY));
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

#[test]
fn a_token_belongs_to_a_currency() {
    let in_currency = |currency: &str, page_token: String| {
        search(SearchDraft {
            currency: currency.to_owned(),
            sort: Some(Sort::PriceAscending),
            page_token,
            ..draft("")
        })
    };
    let cursor = Cursor::Price(100, Uuid::from_u128(7));
    let token = in_currency("JPY", String::new()).expect("valid").token(&cursor);
    assert!(in_currency("JPY", token.clone()).is_ok());
    for other in ["", "EUR"] {
        let refused = in_currency(other, token.clone());
        assert_eq!(refused, Err(Error::PageTokenInvalid), "{other}");
    }
}
