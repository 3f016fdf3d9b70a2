use contracts::catalog::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The units of one SKU.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stock {
    /// Which product.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Units in the warehouse.
    #[schema(example = 120)]
    pub(crate) on_hand: u32,
    /// Of those, units that open orders hold.
    #[schema(example = 3)]
    pub(crate) reserved: u32,
    /// On hand less reserved.
    #[schema(example = 117)]
    pub(crate) available: u32,
}

/// Units that come in or go out by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockAdjustment {
    /// Units to add; negative takes away. Not 0.
    #[schema(example = 24, minimum = -1_000_000, maximum = 1_000_000)]
    pub(crate) delta: i32,
    /// Why.
    #[schema(example = "delivery of November 22", min_length = 1, max_length = 200)]
    pub(crate) reason: String,
}

impl From<v1::Stock> for Stock {
    fn from(stock: v1::Stock) -> Self {
        Self {
            sku: stock.sku,
            on_hand: stock.on_hand,
            reserved: stock.reserved,
            available: stock.available,
        }
    }
}
