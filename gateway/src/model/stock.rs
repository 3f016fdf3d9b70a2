use contracts::catalog::v1;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, schema::AnyOfBuilder},
};

/// The stock of one SKU.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stock {
    /// The SKU.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Units in the warehouse.
    #[schema(example = 120)]
    pub(crate) on_hand: u32,
    /// Units on hand that are reserved for orders in progress.
    #[schema(example = 3)]
    pub(crate) reserved: u32,
    /// On hand less reserved.
    #[schema(example = 117)]
    pub(crate) available: u32,
}

/// Units that are added or removed.
pub(crate) enum StockDelta {}

impl PartialSchema for StockDelta {
    fn schema() -> RefOr<Schema> {
        let range = |fewest: i32, most: i32| {
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(fewest))
                .maximum(Some(most))
        };
        AnyOfBuilder::new()
            .item(range(1, 1_000_000))
            .item(range(-1_000_000, -1))
            .into()
    }
}

impl ToSchema for StockDelta {}

/// A change of the units on hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockAdjustment {
    /// Units to add; negative to remove. Not 0.
    #[schema(value_type = StockDelta)]
    pub(crate) delta: i32,
    /// The reason.
    #[schema(example = "delivery of November 22", format = "stock-reason")]
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
