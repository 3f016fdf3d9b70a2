use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Sort;

/// The position of the last result of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cursor {
    /// A product with the name or SKU that was searched for: 0 has the SKU, 1 the name, 2 the name but for case and
    /// punctuation; and id.
    Exact(u8, Uuid),
    /// By price: minor units and id.
    Price(i64, Uuid),
    /// By name, and id.
    Name(String, Uuid),
    /// By id only: ids sort by age.
    Newest(Uuid),
    /// By the rank of the match, and id.
    Ranked(f32, Uuid),
    /// Too many matches to rank: by tier (0: the name has all words, 1: the rest), and id.
    Tiered(u8, Option<Uuid>),
}

// Ranks are from the database and never NaN.
impl Eq for Cursor {}

impl Cursor {
    /// Whether a page in this order can start after it.
    pub(super) const fn is_of(&self, sort: Sort) -> bool {
        match self {
            Self::Exact(..) | Self::Ranked(..) | Self::Tiered(..) => {
                matches!(sort, Sort::Relevance)
            }
            Self::Price(..) => sort.is_by_price(),
            Self::Name(..) => matches!(sort, Sort::Name),
            Self::Newest(_) => matches!(sort, Sort::Newest),
        }
    }
}
