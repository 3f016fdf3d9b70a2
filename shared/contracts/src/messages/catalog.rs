//! Stock: commands from `order`, replies and news from `catalog`.

use chrono::{DateTime, Utc};
use kernel::{OrderId, ProductId, Quantity, ReservationId, Sku};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::message;

/// So many units of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockLine {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
}

/// Asks for stock to be held: all lines or none. Answered by [`StockReserved`] or [`StockRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReserveStock {
    /// The order that wants it.
    pub order_id: OrderId,
    /// Drawn by the sender; the same id again gets the same answer.
    pub reservation_id: ReservationId,
    /// One line per SKU, at least one.
    pub lines: Vec<StockLine>,
    /// When the hold ends by itself.
    pub expires_at: DateTime<Utc>,
}
message!(ReserveStock, Command, "catalog.reserve.v1", from "order", about order_id);

/// Asks for a reservation to be undone, whatever its state; a committed one goes back on hand.
/// Answered by [`StockReleased`], also when the reservation never came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseStock {
    /// The order that held it.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
}
message!(ReleaseStock, Command, "catalog.release.v1", from "order", about order_id);

/// Asks for held units to leave the shelf for good: the checkout's pivot.
/// Answered by [`ReservationCommitted`] or [`CommitRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitReservation {
    /// The order that holds it.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
}
message!(CommitReservation, Command, "catalog.commit.v1", from "order", about order_id);

/// The stock is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReserved {
    /// The order that holds it.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// When the hold ends by itself.
    pub expires_at: DateTime<Utc>,
}
message!(StockReserved, Event, "catalog.stock_reserved.v1", from "catalog", about order_id);

/// A SKU of which there was not enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shortage {
    /// What.
    pub sku: Sku,
    /// Units asked for.
    pub requested: Quantity,
    /// Units that could have been had; 0 for a SKU that does not exist or is archived.
    pub available: u32,
}

/// Why stock was not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockRefusal {
    /// At least one line could not be had.
    OutOfStock,
    /// The reservation was released before it was made.
    Released,
}

/// Nothing is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockRefused {
    /// The order that wanted it.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// Why.
    pub refusal: StockRefusal,
    /// The lines that fell short.
    pub shortages: Vec<Shortage>,
}
message!(StockRefused, Event, "catalog.stock_refused.v1", from "catalog", about order_id);

/// Nothing is held any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReleased {
    /// The order that held it.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
}
message!(StockReleased, Event, "catalog.stock_released.v1", from "catalog", about order_id);

/// The units are sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationCommitted {
    /// The order that bought them.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
}
message!(ReservationCommitted, Event, "catalog.reservation_committed.v1", from "catalog", about order_id);

/// Why a reservation could not be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitRefusal {
    /// The hold had ended.
    Expired,
    /// It was released, or there never was one.
    NotHeld,
}

/// The units were not sold, and are not held any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitRefused {
    /// The order that wanted them.
    pub order_id: OrderId,
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// Why.
    pub refusal: CommitRefusal,
}
message!(CommitRefused, Event, "catalog.commit_refused.v1", from "catalog", about order_id);

/// What a product's page shows has changed (price, text, shelf, or in stock or not): forget copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductChanged {
    /// Which product.
    pub product_id: ProductId,
    /// Its SKU.
    pub sku: Sku,
    /// Its slug now.
    pub slug: String,
    /// Its slug before, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_slug: Option<String>,
    /// Counts the writes to the product.
    pub version: i64,
}
message!(ProductChanged, Event, "catalog.product_changed.v1", from "catalog", about sku);
