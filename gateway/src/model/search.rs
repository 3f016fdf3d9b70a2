use std::collections::BTreeMap;

use contracts::catalog::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    convert::{each, some_text},
    page::PageRequest,
    product::Product,
};
use crate::edge::problem::Problem;

/// What a search of the catalog looks for.
pub(crate) struct ProductSearch {
    /// Words to look for.
    pub(crate) query: Option<String>,
    /// A category's slug.
    pub(crate) category: Option<String>,
    /// Lowest price in minor units, inclusive.
    pub(crate) min_price: Option<i64>,
    /// Highest price in minor units, inclusive.
    pub(crate) max_price: Option<i64>,
    /// Only what can be bought now.
    pub(crate) in_stock: bool,
    /// Attributes that must match.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The order; absent leaves it to the catalog.
    pub(crate) sort: Option<Sort>,
    /// Also count what the results have in common.
    pub(crate) facets: bool,
    /// Which page.
    pub(crate) page: PageRequest,
}

/// The order of products in a list.
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
    /// By name.
    Name,
}

impl Sort {
    /// The name of each in a query.
    pub(crate) const NAMES: [(&str, Self); 5] = [
        ("relevance", Self::Relevance),
        ("price_ascending", Self::PriceAscending),
        ("price_descending", Self::PriceDescending),
        ("newest", Self::Newest),
        ("name", Self::Name),
    ];
}

/// How many results have a value.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// The value.
    #[schema(example = "dark")]
    pub(crate) value: String,
    /// Products that have it.
    #[schema(example = 7)]
    pub(crate) count: u32,
}

/// Counts for one property of the results.
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
    /// This page.
    pub(crate) products: Vec<Product>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_page_token: Option<String>,
    /// Counts, when asked for.
    pub(crate) facets: Vec<Facet>,
    /// What was searched instead, when the words were misspelt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "coffee")]
    pub(crate) corrected_query: Option<String>,
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
            products: each(reply.products)?,
            next_page_token: some_text(reply.next_page_token),
            facets: reply.facets.into_iter().map(Facet::from).collect(),
            corrected_query: some_text(reply.corrected_query),
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
