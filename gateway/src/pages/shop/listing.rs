//! A list of products with filters: the pages of a category and of a search.
//!
//! The state of a list is its URL. Each filter is a link that adds or removes a parameter, so the list works without
//! JavaScript and every state can be shared.

use kernel::Currency;
use url::form_urlencoded::{self, Serializer};

use super::cards::Card;
use crate::{
    model::{Category, Facet, PageRequest, ProductSearch, Products, Sort},
    pages::format,
};

/// Products of a page: whole rows of two, three and four.
const PAGE_SIZE: u32 = 24;
/// Facets of a page; more do not help to choose.
const MAX_FACETS: usize = 6;
/// The catalog lists at most this many values of a facet.
const MAX_FACET_VALUES: usize = 20;
/// The catalog counts at most this many matches.
const MAX_COUNTED: u32 = 2_000;
/// Parameters that are read of a URL.
const MAX_PARAMETERS: usize = 50;
const PAGE_TOKEN: &str = "page_token";
const ATTRIBUTE: &str = "attributes.";

/// Sort orders as the visitor chooses from.
const SORTS: [(&str, &str); 5] = [
    ("relevance", "Best match"),
    ("newest", "Newest"),
    ("price_ascending", "Lowest price"),
    ("price_descending", "Highest price"),
    ("name", "Name"),
];

/// What a visitor asks for.
pub(super) struct Request {
    path: String,
    /// Parameters of the URL, without the page.
    pairs: Vec<(String, String)>,
    page_token: Option<String>,
    sort: Option<Sort>,
    min_price: Option<i64>,
    max_price: Option<i64>,
    currency: Option<String>,
}

impl Request {
    /// Reads the URL. Unknown parameters are ignored: links from elsewhere carry some.
    pub(super) fn read(path: &str, query: &str, currency: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let known = |name: &str| {
            matches!(
                name,
                "q" | "category" | "in_stock" | "min_price" | "max_price" | "sort"
            ) || name.starts_with(ATTRIBUTE)
        };
        let mut page_token = None;
        let mut kept: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs.take(MAX_PARAMETERS) {
            let value = value.trim();
            if name == PAGE_TOKEN {
                page_token = Some(value.to_owned()).filter(|token| !token.is_empty());
            } else if known(&name) && !value.is_empty() && kept.iter().all(|(one, _)| *one != name)
            {
                kept.push((name, value.to_owned()));
            }
        }
        let (min_price, max_price) = prices(&mut kept, currency);
        let value = |name: &str| kept.iter().find(|(one, _)| one == name);
        let has_price = min_price.is_some() || max_price.is_some();
        let sort = value("sort").and_then(|(_, name)| {
            let sort = Sort::NAMES.iter().find(|(known, _)| known == name);
            sort.map(|(_, sort)| *sort)
        });
        Self {
            path: path.to_owned(),
            page_token,
            sort,
            min_price,
            max_price,
            currency: has_price.then(|| currency.to_owned()),
            pairs: kept,
        }
    }

    /// The value of a parameter; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value)
    }

    /// The search at the catalog; `category` is that of the page.
    pub(super) fn search(&self, category: Option<&str>) -> ProductSearch {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let attributes = self.pairs.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(ATTRIBUTE)?;
            Some((key.to_owned(), value.clone()))
        });
        ProductSearch {
            query: filled(self.text("q")),
            category: category.or(Some(self.text("category"))).and_then(filled),
            currency: self.currency.clone(),
            min_price: self.min_price,
            max_price: self.max_price,
            in_stock: self.text("in_stock") == "true",
            attributes: attributes.collect(),
            sort: self.sort,
            facets: true,
            page: PageRequest {
                size: PAGE_SIZE,
                token: self.page_token.clone(),
            },
        }
    }

    /// The URL of the first page of this list.
    pub(super) fn first_page(&self) -> String {
        self.url(&[])
    }

    /// The URL with these parameters set, or removed where the value is empty.
    fn url(&self, changes: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = self.pairs.iter().filter(|(name, _)| !is_changed(name));
        query.extend_pairs(kept);
        query.extend_pairs(changes.iter().filter(|(_, value)| !value.is_empty()));
        match query.finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }
}

/// The lowest and the highest price. What is no price is no filter; a reversed range is swapped.
fn prices(pairs: &mut Vec<(String, String)>, currency: &str) -> (Option<i64>, Option<i64>) {
    const MIN: &str = "min_price";
    const MAX: &str = "max_price";
    let price = |text: &str| minor_units(text, currency);
    pairs.retain(|(name, text)| ![MIN, MAX].contains(&name.as_str()) || price(text).is_some());
    let find = |name: &str| {
        let (_, text) = pairs.iter().find(|(one, _)| one == name)?;
        price(text)
    };
    match (find(MIN), find(MAX)) {
        (Some(min), Some(max)) if min > max => {
            for (name, _) in pairs.iter_mut() {
                match name.as_str() {
                    MIN => MAX.clone_into(name),
                    MAX => MIN.clone_into(name),
                    _ => {}
                }
            }
            (Some(max), Some(min))
        }
        range => range,
    }
}

/// The amount in minor units of a price that people write: `12`, `12.50`, `12,50`.
fn minor_units(text: &str, currency: &str) -> Option<i64> {
    let places = usize::from(currency.parse::<Currency>().ok()?.exponent());
    let (units, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = format!("{units}{fraction:0<places$}");
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_amount = !units.is_empty() && fraction.len() <= places && is_number;
    is_amount.then(|| digits.parse().ok()).flatten()
}

/// A list as its templates show it: `templates/shop/parts/listing.html`.
pub(super) struct Listing {
    pub(super) cards: Vec<Card>,
    /// `24 products`; empty if the number is not known.
    pub(super) count: String,
    pub(super) facets: Vec<FacetLinks>,
    pub(super) active: Vec<ActiveFilter>,
    pub(super) sorts: Vec<Link>,
    pub(super) price: PriceFilter,
    pub(super) first: Option<String>,
    pub(super) next: Option<String>,
    pub(super) all: String,
}

/// A link, which may be where the visitor is.
pub(super) struct Link {
    pub(super) url: String,
    pub(super) text: String,
    pub(super) is_current: bool,
}

/// A filter that can be removed.
pub(super) struct ActiveFilter {
    pub(super) url: String,
    pub(super) text: String,
}

/// The values of one facet.
pub(super) struct FacetLinks {
    pub(super) title: String,
    pub(super) values: Vec<(Link, u32)>,
}

/// The form for prices, with the parameters that it keeps.
pub(super) struct PriceFilter {
    pub(super) action: String,
    pub(super) kept: Vec<(String, String)>,
    pub(super) min: String,
    pub(super) max: String,
    pub(super) currency: String,
}

impl Listing {
    /// The list for a request, of what the catalog found.
    pub(super) fn new(
        request: &Request,
        found: Products,
        categories: &[Category],
        currency: &str,
    ) -> Self {
        let next = found.next_page_token.as_deref();
        let next = next.map(|token| request.url(&[(PAGE_TOKEN, token)]));
        Self {
            count: total(&found, request.page_token.is_none() && next.is_none()),
            facets: facets(request, found.facets, categories),
            active: active(request, categories),
            sorts: sorts(request),
            price: price(request, currency),
            first: request.page_token.as_ref().map(|_| request.first_page()),
            next,
            all: match request.text("q") {
                "" => request.path.clone(),
                query => {
                    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
                    format!("{}?q={query}", request.path)
                }
            },
            cards: found.products.into_iter().map(Card::from).collect(),
        }
    }

    /// Number of filters in use; `None` if there are none.
    pub(super) fn active_count(&self) -> Option<usize> {
        Some(self.active.len()).filter(|count| *count > 0)
    }
}

/// The number of products, from the counts by category, of which each product has one.
fn total(found: &Products, is_only_page: bool) -> String {
    let counted = found.facets.iter().find(|facet| facet.name == "category");
    let counted = counted.filter(|facet| facet.values.len() < MAX_FACET_VALUES);
    let total = match counted {
        Some(facet) => facet.values.iter().map(|value| value.count).sum(),
        None if is_only_page => u32::try_from(found.products.len()).unwrap_or(u32::MAX),
        None => return String::new(),
    };
    match total {
        MAX_COUNTED.. => format!("{} or more products", format::number(MAX_COUNTED)),
        total => format::count(total, "product", "products"),
    }
}

/// Facets with a choice, or with a value that is chosen.
fn facets(request: &Request, facets: Vec<Facet>, categories: &[Category]) -> Vec<FacetLinks> {
    let is_of_category = !request.path.starts_with("/search");
    let links = facets.into_iter().filter_map(|facet| {
        let name = &facet.name;
        if name == "category" && is_of_category {
            return None;
        }
        let chosen = request.text(name);
        if facet.values.len() < 2 && chosen.is_empty() {
            return None;
        }
        let values = facet.values.iter().map(|value| {
            let is_current = value.value == chosen;
            let target = if is_current { "" } else { &value.value };
            let link = Link {
                url: request.url(&[(name, target)]),
                text: label(name, &value.value, categories),
                is_current,
            };
            (link, value.count)
        });
        Some(FacetLinks {
            title: capitalized(name.strip_prefix(ATTRIBUTE).unwrap_or(name)),
            values: values.collect(),
        })
    });
    links.take(MAX_FACETS).collect()
}

fn active(request: &Request, categories: &[Category]) -> Vec<ActiveFilter> {
    let filters = request.pairs.iter().filter_map(|(name, value)| {
        let text = match name.as_str() {
            "q" | "sort" => return None,
            "in_stock" => "In stock".to_owned(),
            "min_price" => format!("From {value}"),
            "max_price" => format!("Up to {value}"),
            _ => label(name, value, categories),
        };
        Some(ActiveFilter {
            url: request.url(&[(name, "")]),
            text,
        })
    });
    filters.collect()
}

/// A category's name, or the value of an attribute.
fn label(facet: &str, value: &str, categories: &[Category]) -> String {
    let category = categories.iter().find(|category| category.slug == value);
    match category.filter(|_| facet == "category") {
        Some(category) => category.name.clone(),
        None => value.to_owned(),
    }
}

fn sorts(request: &Request) -> Vec<Link> {
    let has_words = !request.text("q").is_empty();
    let default = if has_words { "relevance" } else { "newest" };
    let chosen = match request.text("sort") {
        "" => default,
        chosen => chosen,
    };
    let offered = SORTS
        .into_iter()
        .filter(|(name, _)| *name != "relevance" || has_words);
    let links = offered.map(|(name, text)| Link {
        url: request.url(&[("sort", if name == default { "" } else { name })]),
        text: text.to_owned(),
        is_current: name == chosen,
    });
    links.collect()
}

fn price(request: &Request, currency: &str) -> PriceFilter {
    let kept = request.pairs.iter();
    let kept = kept.filter(|(name, _)| name != "min_price" && name != "max_price");
    PriceFilter {
        action: request.path.clone(),
        kept: kept.cloned().collect(),
        min: request.text("min_price").to_owned(),
        max: request.text("max_price").to_owned(),
        currency: currency.to_owned(),
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        Request::read("/search", query, "EUR")
    }

    #[test]
    fn a_price_is_read_as_people_write_it() {
        for (text, currency, expected) in [
            ("12", "EUR", Some(1_200)),
            ("12.5", "EUR", Some(1_250)),
            ("12,50", "EUR", Some(1_250)),
            ("1200", "JPY", Some(1_200)),
            ("12.5", "JPY", None),
            ("12.505", "EUR", None),
            ("-1", "EUR", None),
            ("", "EUR", None),
            (".5", "EUR", None),
            ("99999999999999999999", "EUR", None),
        ] {
            assert_eq!(minor_units(text, currency), expected, "{text} {currency}");
        }
    }

    #[test]
    fn a_reversed_range_of_prices_is_swapped_and_what_is_no_price_is_no_filter() {
        let swapped = request("min_price=50&max_price=20");
        assert_eq!(
            (swapped.min_price, swapped.max_price),
            (Some(2_000), Some(5_000))
        );
        assert_eq!(
            [swapped.text("min_price"), swapped.text("max_price")],
            ["20", "50"]
        );
        let half = request("min_price=cheap&max_price=20");
        assert_eq!((half.min_price, half.max_price), (None, Some(2_000)));
        assert_eq!(half.url(&[]), "/search?max_price=20");
    }

    #[test]
    fn a_filter_is_a_link_that_keeps_the_others_and_starts_with_the_first_page() {
        let request = request("q=a%26b&attributes.roast=dark&page_token=x&utm_source=y&sort=name");
        assert_eq!(
            request.url(&[]),
            "/search?q=a%26b&attributes.roast=dark&sort=name"
        );
        assert_eq!(
            request.url(&[("attributes.roast", "")]),
            "/search?q=a%26b&sort=name"
        );
        assert_eq!(
            request.url(&[("attributes.roast", "light")]),
            "/search?q=a%26b&sort=name&attributes.roast=light"
        );
    }

    #[test]
    fn a_search_has_the_filters_of_the_url() {
        let search =
            request("q=+tea+&min_price=1,5&in_stock=true&attributes.a+b=c&sort=x").search(None);
        assert_eq!(search.query.as_deref(), Some("tea"));
        assert_eq!((search.min_price, search.max_price), (Some(150), None));
        assert_eq!(search.currency.as_deref(), Some("EUR"));
        assert!(search.in_stock && search.sort.is_none());
        assert_eq!(search.attributes["a b"], "c");
        assert_eq!(search.category, None);
        assert_eq!(
            request("").search(Some("tea")).category.as_deref(),
            Some("tea")
        );
    }
}
