use std::collections::BTreeMap;

use kernel::{Currency, Violations};

use super::product::check_attributes;
use super::{Currencies, Cursor, Error, ProductSummary};

const QUERY_MAX: usize = 200;
const WORDS_MAX: usize = 10;
const FILTERS_MAX: usize = 10;
const PAGE_SIZE: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;
/// From this many characters on, the last word also matches as a prefix.
const PREFIX_MIN: usize = 3;

/// How results are sorted; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Best match first.
    Relevance,
    /// Cheapest first.
    PriceAscending,
    /// Most expensive first.
    PriceDescending,
    /// Newest first.
    Newest,
    /// By name, A first.
    Name,
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case letters and digits.
    pub(crate) text: String,
    /// Whether words that begin with it match too.
    pub(crate) is_prefix: bool,
}

/// The filters of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// Slug of the category.
    pub(crate) category: Option<String>,
    /// Only products with prices in this currency. Always set with a price filter or a sort by price.
    pub(crate) currency: Option<Currency>,
    /// Lowest price in minor units, inclusive.
    pub(crate) min_price: Option<i64>,
    /// Highest price in minor units, inclusive.
    pub(crate) max_price: Option<i64>,
    /// Only products in stock.
    pub(crate) in_stock: bool,
    /// Only products with all of these.
    pub(crate) attributes: BTreeMap<String, String>,
}

/// A requested search, not validated.
#[derive(Debug, Clone)]
pub(crate) struct SearchDraft {
    /// Words; empty lists everything.
    pub(crate) query: String,
    pub(crate) filters: Filters,
    /// The code of the currency, or empty: then a price filter or a sort by price is in the shop's first one.
    pub(crate) currency: String,
    /// `None`: relevance with words, newest without.
    pub(crate) sort: Option<Sort>,
    /// 1 to 100; 0 means 20.
    pub(crate) page_size: u32,
    /// The token of the previous page, or empty.
    pub(crate) page_token: String,
    /// Whether to count facets.
    pub(crate) facets: bool,
}

/// A validated search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// All of these must match.
    pub(crate) words: Vec<Word>,
    pub(crate) filters: Filters,
    pub(crate) sort: Sort,
    /// Most results of the page.
    pub(crate) page_size: u32,
    /// The page starts after this position.
    pub(crate) after: Option<Cursor>,
    /// Whether to count facets.
    pub(crate) facets: bool,
    fingerprint: String,
}

/// The number of results for each value of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facet {
    /// `category`, or `attributes.<key>`.
    pub(crate) name: String,
    /// Most frequent first.
    pub(crate) values: Vec<(String, u32)>,
}

/// A page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// In the order of the sort.
    pub(crate) products: Vec<ProductSummary>,
    /// The next page starts after this position; `None` on the last page.
    pub(crate) next: Option<Cursor>,
    /// Empty unless requested.
    pub(crate) facets: Vec<Facet>,
    /// The query that was searched instead, if words were misspelled.
    pub(crate) corrected_query: Option<String>,
}

impl Search {
    /// A search.
    ///
    /// # Errors
    /// `Invalid` with all invalid fields; `PageTokenInvalid`.
    pub(crate) fn new(mut draft: SearchDraft, currencies: &Currencies) -> Result<Self, Error> {
        let mut violations = Violations::new();
        draft.query = violations.line("query", &draft.query, 0..=QUERY_MAX);
        violations.check(
            draft.page_size <= PAGE_SIZE_MAX,
            "page_size",
            "must be at most 100",
        );
        check_filters(&mut violations, &mut draft.filters);
        draft.filters.currency = match draft.currency.as_str() {
            "" => draft.compares_prices().then(|| currencies.first()),
            code => violations.take("currency", currencies.parse(code)),
        };
        violations.or(())?;
        let words = words(&draft.query);
        let sort = match draft.sort {
            None if words.is_empty() => Sort::Newest,
            None => Sort::Relevance,
            Some(Sort::Relevance) if words.is_empty() => Sort::Newest,
            Some(sort) => sort,
        };
        let fingerprint = format!("{words:?}{:?}{sort:?}", draft.filters);
        let after = match draft.page_token.as_str() {
            "" => None,
            token => Some(Cursor::parse(token, &fingerprint).ok_or(Error::PageTokenInvalid)?),
        };
        Ok(Self {
            words,
            filters: draft.filters,
            sort,
            page_size: match draft.page_size {
                0 => PAGE_SIZE,
                size => size,
            },
            after,
            facets: draft.facets,
            fingerprint,
        })
    }

    /// The token of the page after `cursor`; only valid for this query, filters and sort.
    pub(crate) fn token(&self, cursor: &Cursor) -> String {
        cursor.token(&self.fingerprint)
    }
}

impl SearchDraft {
    /// Amounts of two currencies cannot be compared.
    const fn compares_prices(&self) -> bool {
        self.filters.min_price.is_some()
            || self.filters.max_price.is_some()
            || matches!(self.sort, Some(sort) if sort.is_by_price())
    }
}

impl Sort {
    /// Whether it compares prices.
    pub(crate) const fn is_by_price(self) -> bool {
        matches!(self, Self::PriceAscending | Self::PriceDescending)
    }
}

fn check_filters(violations: &mut Violations, filters: &mut Filters) {
    let category = filters.category.as_deref().unwrap_or_default();
    violations.line("category", category, 0..=80);
    for (field, price) in [
        ("min_price", filters.min_price),
        ("max_price", filters.max_price),
    ] {
        violations.check(
            price.is_none_or(|price| price >= 0),
            field,
            "must be 0 or more",
        );
    }
    if let (Some(min), Some(max)) = (filters.min_price, filters.max_price) {
        violations.check(min <= max, "max_price", "must not be below min_price");
    }
    filters.attributes = check_attributes(violations, &filters.attributes, FILTERS_MAX);
}

/// The words of a query: letters and digits in lower case.
fn words(query: &str) -> Vec<Word> {
    let lower = query.to_lowercase();
    let mut words: Vec<Word> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|text| !text.is_empty())
        .take(WORDS_MAX)
        .map(|text| Word {
            text: text.to_owned(),
            is_prefix: false,
        })
        .collect();
    let is_unfinished = lower.ends_with(char::is_alphanumeric);
    if let Some(last) = words.last_mut() {
        last.is_prefix = is_unfinished && last.text.chars().count() >= PREFIX_MIN;
    }
    words
}

#[cfg(test)]
mod tests;
