use std::collections::BTreeMap;

use kernel::{Currency, Sku, Violations, values};
use tokens::{List, PageTokenInvalid};

use super::product::check_attributes;
use super::{Currencies, Cursor, Error, ProductSummary};

/// Words after these are not searched for.
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
    /// By name, as people sort names: case and accents matter least.
    Name,
}

/// The text of a search, which may be a name, a SKU or words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    /// One line; not empty.
    pub(crate) text: String,
    /// The SKU that the text is.
    pub(crate) sku: Option<Sku>,
    /// Whether the last word may be the beginning of a longer one.
    is_unfinished: bool,
}

/// A word of a query, as the database separates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Lower case letters and digits.
    pub(crate) text: String,
    /// Whether it is a letter of a script without spaces. Such a script is indexed in pairs of letters.
    pub(crate) is_half_pair: bool,
}

/// A word that is searched for.
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
    /// A name, a SKU or words; blank lists everything.
    pub(crate) query: String,
    pub(crate) filters: Filters,
    /// The code of the currency, or empty: then a price filter or a sort by price is in the shop's first one.
    pub(crate) currency: String,
    /// `None`: relevance with a query, newest without.
    pub(crate) sort: Option<Sort>,
    /// 1 to 100; 0 means 20.
    pub(crate) page_size: u32,
    /// Whether to count facets.
    pub(crate) facets: bool,
}

/// A validated search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// `None` lists everything.
    pub(crate) query: Option<Query>,
    pub(crate) filters: Filters,
    pub(crate) sort: Sort,
    /// Most results of the page.
    pub(crate) page_size: u32,
    /// The page starts after this position.
    pub(crate) after: Option<Cursor>,
    /// Whether to count facets.
    pub(crate) facets: bool,
    /// To which page tokens belong.
    pub(crate) list: List,
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
    /// The query is no name, no SKU and has no word to search for, so nothing is found.
    pub(crate) no_usable_word: bool,
}

impl Search {
    /// The first page of a search.
    ///
    /// # Errors
    /// `Invalid` with all invalid fields.
    pub(crate) fn new(mut draft: SearchDraft, currencies: &Currencies) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let text = violations.value("query", &draft.query, values::SEARCH);
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
        let query = (!text.is_empty()).then(|| Query::new(text, &draft.query));
        let sort = match draft.sort {
            None | Some(Sort::Relevance) if query.is_none() => Sort::Newest,
            None => Sort::Relevance,
            Some(sort) => sort,
        };
        let list = List::new(
            "catalog.v1.CatalogService/SearchProducts",
            &(&query, &draft.filters, sort),
        );
        Ok(Self {
            query,
            filters: draft.filters,
            sort,
            page_size: match draft.page_size {
                0 => PAGE_SIZE,
                size => size,
            },
            after: None,
            facets: draft.facets,
            list,
        })
    }

    /// The page after a position, or the first one.
    ///
    /// # Errors
    /// `PageTokenInvalid`: the position is one of another sort.
    pub(crate) fn starting_after(mut self, after: Option<Cursor>) -> Result<Self, Error> {
        if after.as_ref().is_some_and(|after| !after.is_of(self.sort)) {
            return Err(Error::PageTokenInvalid(PageTokenInvalid));
        }
        self.after = after;
        Ok(self)
    }
}

impl Query {
    /// `typed` is `text` with its surrounding spaces: a space ends the last word.
    fn new(text: String, typed: &str) -> Self {
        Self {
            sku: text.to_uppercase().parse().ok(),
            is_unfinished: typed.ends_with(char::is_alphanumeric),
            text,
        }
    }

    /// The words to search for.
    pub(crate) fn words(&self, tokens: Vec<Token>) -> Vec<Word> {
        let last = tokens.len().saturating_sub(1);
        let word = |(position, token): (usize, Token)| {
            let may_go_on = self.is_unfinished && position == last;
            let is_long = token.text.chars().count() >= PREFIX_MIN;
            Word {
                is_prefix: token.is_half_pair || (may_go_on && is_long),
                text: token.text,
            }
        };
        let words = tokens.into_iter().enumerate().map(word);
        words.take(WORDS_MAX).collect()
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
    if !category.is_empty() {
        violations.value("category", category, values::CATEGORY_SLUG);
    }
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

#[cfg(test)]
mod tests;
