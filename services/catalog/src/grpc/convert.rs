use contracts::catalog::v1;
use contracts::convert::timestamp;
use contracts::types::v1::Money;
use kernel::Violations;
use tonic::Status;

use super::invalid;
use crate::domain::{
    Category, Facet, Filters, Image, Level, Listed, Offer, Product, ProductSummary, SearchDraft,
    Sort,
};

impl From<Category> for v1::Category {
    fn from(category: Category) -> Self {
        Self {
            id: category.id.to_string(),
            slug: category.slug,
            name: category.name,
            description: category.description,
            position: category.position,
            version: category.version,
        }
    }
}

impl From<Product> for v1::Product {
    fn from(product: Product) -> Self {
        let details = product.details;
        Self {
            id: product.id.to_string(),
            sku: product.sku.into(),
            slug: details.slug,
            name: details.name,
            description: details.description,
            price: Some(details.price.into()),
            category: details.category,
            attributes: details.attributes,
            images: details.images.into_iter().map(Into::into).collect(),
            available: product.available,
            version: product.version,
            updated_at: Some(timestamp(product.updated_at)),
            archived: product.archived,
        }
    }
}

impl From<Offer> for v1::Offer {
    fn from(offer: Offer) -> Self {
        Self {
            product_id: offer.product_id.to_string(),
            sku: offer.sku.into(),
            slug: offer.slug,
            name: offer.name,
            price: Some(offer.price.into()),
            available: offer.available,
            archived: offer.archived,
            cover: offer.cover.map(Into::into),
        }
    }
}

impl From<ProductSummary> for v1::ProductSummary {
    fn from(product: ProductSummary) -> Self {
        Self {
            id: product.id.to_string(),
            sku: product.sku.into(),
            slug: product.slug,
            name: product.name,
            price: Some(product.price.into()),
            category: product.category,
            cover: product.cover.map(Into::into),
            available: product.available,
            version: product.version,
            updated_at: Some(timestamp(product.updated_at)),
            archived: product.archived,
        }
    }
}

impl From<Image> for v1::Image {
    fn from(Image { url, alt }: Image) -> Self {
        Self { url, alt }
    }
}

impl From<Facet> for v1::Facet {
    fn from(facet: Facet) -> Self {
        let value = |(value, count)| v1::FacetValue { value, count };
        Self {
            name: facet.name,
            values: facet.values.into_iter().map(value).collect(),
        }
    }
}

impl From<Level> for v1::Stock {
    fn from(level: Level) -> Self {
        Self {
            available: level.on_hand.saturating_sub(level.reserved),
            sku: level.sku.into(),
            on_hand: level.on_hand,
            reserved: level.reserved,
        }
    }
}

pub(super) fn listed(state: i32) -> Result<Listed, Status> {
    match v1::ProductState::try_from(state) {
        Ok(v1::ProductState::Unspecified) => Ok(Listed::All),
        Ok(v1::ProductState::ForSale) => Ok(Listed::ForSale),
        Ok(v1::ProductState::Archived) => Ok(Listed::Archived),
        Err(_) => {
            let unknown = Violations::one("state", "must be a state of the API");
            Err(invalid(unknown))
        }
    }
}

pub(super) fn price(price: Option<Money>) -> Option<(i64, String)> {
    price.map(|price| (price.minor_units, price.currency))
}

pub(super) fn images(images: Vec<v1::Image>) -> Vec<Image> {
    let image = |v1::Image { url, alt }| Image { url, alt };
    images.into_iter().map(image).collect()
}

pub(super) fn search_draft(request: v1::SearchProductsRequest) -> Result<SearchDraft, Status> {
    let sort = match v1::Sort::try_from(request.sort) {
        Ok(v1::Sort::Unspecified) => None,
        Ok(v1::Sort::Relevance) => Some(Sort::Relevance),
        Ok(v1::Sort::PriceAscending) => Some(Sort::PriceAscending),
        Ok(v1::Sort::PriceDescending) => Some(Sort::PriceDescending),
        Ok(v1::Sort::Newest) => Some(Sort::Newest),
        Ok(v1::Sort::Name) => Some(Sort::Name),
        Err(_) => {
            let unknown = Violations::one("sort", "is not a sort order");
            return Err(invalid(unknown));
        }
    };
    Ok(SearchDraft {
        query: request.query,
        filters: Filters {
            category: Some(request.category).filter(|slug| !slug.is_empty()),
            currency: None,
            min_price: request.min_price,
            max_price: request.max_price,
            in_stock: request.in_stock,
            attributes: request.attributes,
        },
        currency: request.currency,
        sort,
        page_size: request.page_size,
        facets: request.facets,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;
    use kernel::{Currency, Money, ProductId};
    use prost::Message;

    use super::*;
    use crate::domain::{Details, DetailsDraft};

    /// Bytes of the largest message that a gRPC client accepts.
    const MESSAGE_MAX: usize = 4 << 20;
    const PAGE_MAX: usize = 100;

    /// A product that is as large as the rules allow.
    fn largest() -> Product {
        let attribute = |index: usize| (format!("{index:040}"), "x".repeat(200));
        let image = |index: usize| Image {
            url: format!("/{index}{}", "a".repeat(498)),
            alt: "\u{1F600}".repeat(200),
        };
        let draft = |description: usize| DetailsDraft {
            slug: "s".repeat(120),
            name: "\u{20000}".repeat(200),
            description: "\u{1F600}".repeat(description),
            price: Some((1_000_000_000, "EUR".to_owned())),
            category: "c".repeat(80),
            attributes: (0..30).map(attribute).collect::<BTreeMap<_, _>>(),
            images: (0..10).map(image).collect(),
        };
        let check = |description| -> Result<Option<Details>, Violations> {
            let mut violations = Violations::new();
            let details = draft(description).check(&mut violations, &Currency::EUR.into());
            violations.or(details)
        };
        // The longest description, within 100 characters, that still fits.
        let mut lengths = (0..=5_000).rev().step_by(100);
        let longest = lengths.find_map(|length| check(length).ok());
        Product {
            id: ProductId::generate(),
            sku: "A".repeat(40).parse().expect("a SKU"),
            details: longest.flatten().expect("a valid product"),
            available: u32::MAX,
            version: i64::MAX,
            updated_at: DateTime::UNIX_EPOCH,
            archived: true,
        }
    }

    #[test]
    fn the_largest_product_and_its_offers_fit_into_a_message_many_times() {
        let product = largest();
        let offer = Offer {
            product_id: product.id,
            sku: product.sku.clone(),
            slug: product.details.slug.clone(),
            name: product.details.name.clone(),
            price: Money::new(i64::MAX, Currency::EUR),
            available: product.available,
            archived: true,
            cover: product.details.images.first().cloned(),
        };
        let bytes = v1::Product::from(product).encoded_len();
        assert!(bytes < MESSAGE_MAX / 100, "{bytes}");
        let offers = vec![offer.into(); PAGE_MAX];
        let bytes = v1::BatchGetOffersResponse { offers }.encoded_len();
        assert!(bytes < MESSAGE_MAX / 15, "{bytes}");
    }

    #[test]
    fn a_page_of_the_largest_summaries_and_facets_is_far_below_the_limit() {
        let product = largest();
        let details = product.details;
        let summary = ProductSummary {
            id: product.id,
            sku: product.sku,
            slug: details.slug,
            name: details.name,
            price: Money::new(i64::MAX, Currency::EUR),
            category: details.category,
            cover: details.images.into_iter().next(),
            available: product.available,
            version: product.version,
            updated_at: product.updated_at,
            archived: true,
        };
        let text = |length: usize| "\u{1F600}".repeat(length);
        let facet = Facet {
            name: format!("attributes.{}", text(40)),
            values: vec![(text(200), u32::MAX); 20],
        };
        let page = v1::SearchProductsResponse {
            products: vec![summary.into(); PAGE_MAX],
            facets: vec![facet.into(); 15],
            corrected_query: text(200),
            next_page_token: text(400),
            ..v1::SearchProductsResponse::default()
        };
        let bytes = page.encoded_len();
        assert!(bytes < MESSAGE_MAX / 4, "{bytes}");
    }
}
