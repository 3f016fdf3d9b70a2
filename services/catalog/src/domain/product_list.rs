use chrono::{DateTime, Utc};
use kernel::{Money, ProductId, Sku, Violations};
use uuid::Uuid;

use super::{Cursor, Error, Image};

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
    /// A page. `page_size` is 1 to 100; 0 means 20. `page_token` is that of the previous page, or empty.
    ///
    /// # Errors
    /// `Invalid`; `PageTokenInvalid`.
    pub(crate) fn new(listed: Listed, page_size: u32, page_token: &str) -> Result<Self, Error> {
        if page_size > PAGE_SIZE_MAX {
            return Err(Violations::one("page_size", "must be at most 100").into());
        }
        let before = match page_token {
            "" => None,
            token => match Cursor::parse(token, fingerprint(listed)) {
                Some(Cursor::Newest(id)) => Some(id),
                _ => return Err(Error::PageTokenInvalid),
            },
        };
        Ok(Self {
            listed,
            page_size: match page_size {
                0 => PAGE_SIZE,
                size => size,
            },
            before,
        })
    }

    /// The token of the page after the product `last`.
    pub(crate) fn token(self, last: ProductId) -> String {
        Cursor::Newest(last.as_uuid()).token(fingerprint(self.listed))
    }
}

const fn fingerprint(listed: Listed) -> &'static str {
    match listed {
        Listed::All => "all products",
        Listed::ForSale => "products for sale",
        Listed::Archived => "archived products",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_continues_only_its_own_list() {
        let last = ProductId::generate();
        let list = ProductList::new(Listed::Archived, 0, "").expect("a first page");
        assert_eq!((list.page_size, list.before), (20, None));
        let token = list.token(last);
        let next = ProductList::new(Listed::Archived, 5, &token).expect("a second page");
        assert_eq!(next.before, Some(last.as_uuid()));
        for listed in [Listed::All, Listed::ForSale] {
            let refused = ProductList::new(listed, 5, &token);
            assert_eq!(refused, Err(Error::PageTokenInvalid));
        }
        let altered = ProductList::new(Listed::Archived, 5, "AAAA");
        assert_eq!(altered, Err(Error::PageTokenInvalid));
    }

    #[test]
    fn a_page_has_at_most_100_products() {
        assert!(ProductList::new(Listed::All, 100, "").is_ok());
        assert!(matches!(
            ProductList::new(Listed::All, 101, ""),
            Err(Error::Invalid(_))
        ));
    }
}
