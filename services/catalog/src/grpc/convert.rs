use contracts::catalog::v1;
use contracts::convert::timestamp;
use contracts::types::v1::Money;
use kernel::Violations;
use tonic::Status;

use super::invalid;
use crate::domain::{Category, Facet, Filters, Image, Level, Product, SearchDraft, Sort};

impl From<Category> for v1::Category {
    fn from(category: Category) -> Self {
        Self {
            id: category.id.to_string(),
            slug: category.slug,
            name: category.name,
            description: category.description,
            position: category.position,
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
            images: details
                .images
                .into_iter()
                .map(|Image { url, alt }| v1::Image { url, alt })
                .collect(),
            available: product.available,
            version: product.version,
            updated_at: Some(timestamp(product.updated_at)),
            archived: product.archived,
        }
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
            min_price: request.min_price,
            max_price: request.max_price,
            in_stock: request.in_stock,
            attributes: request.attributes,
        },
        sort,
        page_size: request.page_size,
        page_token: request.page_token,
        facets: request.facets,
    })
}
