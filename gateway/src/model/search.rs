use std::collections::BTreeMap;

use contracts::catalog::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    convert::{convert_all, optional_text},
    page::PageRequest,
    product::ProductSummary,
};
use crate::edge::problem::Problem;

/// A search of the catalog. The default lists all products.
#[derive(Default)]
pub(crate) struct ProductSearch {
    /// A name, a SKU or words.
    pub(crate) query: Option<String>,
    /// A category's slug.
    pub(crate) category: Option<String>,
    /// The currency of the prices; absent means the shop's first one where prices are compared.
    pub(crate) currency: Option<String>,
    /// Lowest price in minor units, inclusive.
    pub(crate) min_price: Option<i64>,
    /// Highest price in minor units, inclusive.
    pub(crate) max_price: Option<i64>,
    /// Only available products.
    pub(crate) in_stock: bool,
    /// Attributes that must match.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The sort order; absent means the catalog's default.
    pub(crate) sort: Option<Sort>,
    /// Whether to return facet counts.
    pub(crate) facets: bool,
    /// The requested page.
    pub(crate) page: PageRequest,
}

/// The sort order of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Best match first.
    Relevance,
    /// Cheapest first, in one currency.
    PriceAscending,
    /// Most expensive first, in one currency.
    PriceDescending,
    /// Newest first.
    Newest,
    /// By name.
    Name,
}

impl Sort {
    /// The names of the query parameter `sort`.
    pub(crate) const NAMES: [(&str, Self); 5] = [
        ("relevance", Self::Relevance),
        ("price_ascending", Self::PriceAscending),
        ("price_descending", Self::PriceDescending),
        ("newest", Self::Newest),
        ("name", Self::Name),
    ];
}

/// Number of results with a value.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// The value.
    #[schema(example = "dark")]
    pub(crate) value: String,
    /// Number of products with the value.
    #[schema(example = 7)]
    pub(crate) count: u32,
}

/// Counts by value of one attribute of the results.
#[derive(Serialize, ToSchema)]
pub(crate) struct Facet {
    /// `category`, or `attributes.<key>`.
    #[schema(example = "attributes.roast")]
    pub(crate) name: String,
    /// Most frequent first, at most 20.
    pub(crate) values: Vec<FacetValue>,
}

/// One page of products.
#[derive(Serialize, ToSchema)]
pub(crate) struct Products {
    /// The products of this page.
    #[serde(rename = "items")]
    pub(crate) products: Vec<ProductSummary>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
    /// Facet counts; empty unless requested.
    pub(crate) facets: Vec<Facet>,
    /// The corrected search words, if the original ones were misspelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "coffee")]
    pub(crate) corrected_query: Option<String>,
    /// True if `q` is no name and no SKU, and has no word to search for (`%`, an emoji, only words like "the"). Then nothing
    /// is found. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) no_usable_word: bool,
}

impl From<v1::Facet> for Facet {
    fn from(facet: v1::Facet) -> Self {
        let values = facet.values.into_iter().map(|value| FacetValue {
            value: value.value,
            count: value.count,
        });
        Self {
            name: facet.name,
            values: values.collect(),
        }
    }
}

impl TryFrom<v1::SearchProductsResponse> for Products {
    type Error = Problem;

    fn try_from(reply: v1::SearchProductsResponse) -> Result<Self, Problem> {
        Ok(Self {
            products: convert_all(reply.products)?,
            next_page_token: optional_text(reply.next_page_token),
            facets: reply.facets.into_iter().map(Facet::from).collect(),
            corrected_query: optional_text(reply.corrected_query),
            no_usable_word: reply.no_usable_word,
        })
    }
}

impl From<Sort> for v1::Sort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Relevance => Self::Relevance,
            Sort::PriceAscending => Self::PriceAscending,
            Sort::PriceDescending => Self::PriceDescending,
            Sort::Newest => Self::Newest,
            Sort::Name => Self::Name,
        }
    }
}
