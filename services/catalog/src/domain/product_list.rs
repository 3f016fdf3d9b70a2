use chrono::{DateTime, Utc};
use kernel::{Money, ProductId, Sku, Violations};
use tokens::List;
use uuid::Uuid;

use super::{Error, Image};

const PAGE_SIZE: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;

/// A product in a list: what a listing shows. [`Product`](super::Product) has the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProductSummary {
    /// UUIDv7: ids sort by age.
    pub(crate) id: ProductId,
    /// Unique.
    pub(crate) sku: Sku,
    /// In URLs.
    pub(crate) slug: String,
    /// Shown to customers.
    pub(crate) name: String,
    /// Price of one unit before tax.
    pub(crate) price: Money,
    /// Slug of the category.
    pub(crate) category: String,
    /// The first image.
    pub(crate) cover: Option<Image>,
    /// On hand minus reserved; 0 if archived.
    pub(crate) available: u32,
    /// Number of changes by staff.
    pub(crate) version: i64,
    /// The time of the last change by staff.
    pub(crate) updated_at: DateTime<Utc>,
    /// No longer for sale.
    pub(crate) archived: bool,
}

/// Which products a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// For sale or archived.
    All,
    /// Only products for sale.
    ForSale,
    /// Only archived products.
    Archived,
}

/// A page of the list of staff, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProductList {
    pub(crate) listed: Listed,
    /// Most products of the page.
    pub(crate) page_size: u32,
    /// The page has only products that are older than this one.
    pub(crate) before: Option<Uuid>,
}

impl ProductList {
    /// The first page. `page_size` is 1 to 100; 0 means 20.
    ///
    /// # Errors
    /// `Invalid`.
    pub(crate) fn new(listed: Listed, page_size: u32) -> Result<Self, Error> {
        if page_size > PAGE_SIZE_MAX {
            return Err(Violations::one("page_size", "must be at most 100").into());
        }
        Ok(Self {
            listed,
            page_size: match page_size {
                0 => PAGE_SIZE,
                size => size,
            },
            before: None,
        })
    }

    /// To which page tokens belong.
    pub(crate) fn list(self) -> List {
        List::new("catalog.v1.CatalogService/ListProducts", &self.listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_a_list_of_its_own() {
        let list = |listed, size| ProductList::new(listed, size).expect("a page").list();
        assert_eq!(list(Listed::Archived, 0), list(Listed::Archived, 5));
        for listed in [Listed::All, Listed::ForSale] {
            assert_ne!(list(listed, 0), list(Listed::Archived, 0));
        }
    }

    #[test]
    fn a_page_has_at_most_100_products() {
        assert!(ProductList::new(Listed::All, 100).is_ok());
        assert!(matches!(
            ProductList::new(Listed::All, 101),
            Err(Error::Invalid(_))
        ));
    }
}
