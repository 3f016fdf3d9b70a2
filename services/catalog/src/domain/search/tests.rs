use uuid::Uuid;

use super::*;

fn draft(query: &str) -> SearchDraft {
    SearchDraft {
        query: query.to_owned(),
        filters: Filters::default(),
        sort: None,
        page_size: 0,
        page_token: String::new(),
        facets: false,
    }
}

fn texts(query: &str) -> Vec<(String, bool)> {
    let search = Search::new(draft(query)).expect("valid");
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
        Search::new(draft).expect("valid").sort
    };
    assert_eq!(sort("coffee", None), Sort::Relevance);
    assert_eq!(sort("", None), Sort::Newest);
    assert_eq!(sort(" ", Some(Sort::Relevance)), Sort::Newest);
    assert_eq!(sort("coffee", Some(Sort::Name)), Sort::Name);
}

#[test]
fn every_invalid_field_is_reported() {
    let attributes = (0..11).map(|n| (n.to_string(), String::new())).collect();
    let refusal = Search::new(SearchDraft {
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
    let refusal = Search::new(SearchDraft {
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
    let first = Search::new(draft("coffee")).expect("valid");
    let cursor = Cursor::Newest(Uuid::from_u128(7));
    let page_token = first.token(&cursor);
    let next = |query: &str, page_token: String| {
        Search::new(SearchDraft {
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
