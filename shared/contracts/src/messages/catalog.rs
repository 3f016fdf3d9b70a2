//! Stock: commands of `order`, replies and events of `catalog`.

use chrono::{DateTime, Utc};
use kernel::{OrderId, ProductId, Quantity, ReservationId, Sku};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::message;

/// A number of units of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockLine {
    /// The SKU.
    pub sku: Sku,
    /// The number of units.
    pub quantity: Quantity,
}

/// Reserves stock: all lines or none. The reply is [`StockReserved`] or [`StockRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReserveStock {
    /// Id of the order.
    pub order_id: OrderId,
    /// Chosen by the sender. The same id gets the same reply.
    pub reservation_id: ReservationId,
    /// One line per SKU, at least one.
    pub lines: Vec<StockLine>,
    /// When the reservation expires.
    pub expires_at: DateTime<Utc>,
}
message!(ReserveStock, Command, "catalog.reserve.v1", from "order", to ["catalog.commands"], about order_id);

/// Releases a reservation in any state; units of a committed one return to the units on hand. The reply
/// is [`StockReleased`], also if the reservation does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseStock {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
}
message!(ReleaseStock, Command, "catalog.release.v1", from "order", to ["catalog.commands"], about order_id);

/// Sells the reserved units: the pivot of the checkout. The reply is [`ReservationCommitted`] or
/// [`CommitRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitReservation {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
}
message!(CommitReservation, Command, "catalog.commit.v1", from "order", to ["catalog.commands"], about order_id);

/// The stock is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReserved {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
    /// When the reservation expires.
    pub expires_at: DateTime<Utc>,
}
message!(StockReserved, Event, "catalog.stock_reserved.v1", from "catalog", to ["order.replies"], about order_id);

/// A SKU with too few available units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shortage {
    /// The SKU.
    pub sku: Sku,
    /// Units that were requested.
    pub requested: Quantity,
    /// Units that were available; 0 for a SKU that does not exist or is archived.
    pub available: u32,
}

/// Why stock was not reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockRefusal {
    /// At least one line was not available.
    OutOfStock,
    /// `ReleaseStock` arrived before `ReserveStock`.
    Released,
}

/// Nothing is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockRefused {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
    /// Why.
    pub refusal: StockRefusal,
    /// The SKUs with too few units.
    pub shortages: Vec<Shortage>,
}
message!(StockRefused, Event, "catalog.stock_refused.v1", from "catalog", to ["order.replies"], about order_id);

/// The reservation is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReleased {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
}
message!(StockReleased, Event, "catalog.stock_released.v1", from "catalog", to ["order.replies"], about order_id);

/// The units are sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationCommitted {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
}
message!(ReservationCommitted, Event, "catalog.reservation_committed.v1", from "catalog", to ["order.replies"], about order_id);

/// Why a reservation could not be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitRefusal {
    /// The reservation had expired.
    Expired,
    /// It was released, or did not exist.
    NotHeld,
}

/// The units were not sold and are not reserved any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitRefused {
    /// Id of the order.
    pub order_id: OrderId,
    /// Id of the reservation.
    pub reservation_id: ReservationId,
    /// Why.
    pub refusal: CommitRefusal,
}
message!(CommitRefused, Event, "catalog.commit_refused.v1", from "catalog", to ["order.replies"], about order_id);

/// A product's page has changed (price, text, category, archived, or whether it is available). Caches must
/// evict it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductChanged {
    /// Id of the product.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: Sku,
    /// Current slug.
    pub slug: String,
    /// Previous slug, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_slug: Option<String>,
    /// Incremented by each write to the product.
    pub version: i64,
}
message!(ProductChanged, Event, "catalog.product_changed.v1", from "catalog", to [], about sku);
