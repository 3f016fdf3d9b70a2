//! The list of all messages, for documents and tests.

use schemars::{Schema, schema_for};

use super::*;

/// A message type as the documents show it.
#[derive(Debug, Clone, Copy)]
pub struct MessageType {
    /// Routing key.
    pub name: &'static str,
    /// Command or event.
    pub kind: Kind,
    /// The service that sends it.
    pub source: &'static str,
    /// The Rust type's name.
    pub title: &'static str,
    /// JSON schema of its data.
    pub schema: fn() -> Schema,
}

macro_rules! all {
    ($($name:ident),* $(,)?) => {
        /// Every message of the house.
        pub const ALL: &[MessageType] = &[$(MessageType {
            name: <$name as Message>::TYPE,
            kind: <$name as Message>::KIND,
            source: <$name as Message>::SOURCE,
            title: stringify!($name),
            schema: || schema_for!($name),
        }),*];
    };
}

all!(
    ReserveStock,
    ReleaseStock,
    CommitReservation,
    StockReserved,
    StockRefused,
    StockReleased,
    ReservationCommitted,
    CommitRefused,
    ProductChanged,
    AuthorizePayment,
    VoidPayment,
    CapturePayment,
    RefundPayment,
    PaymentAuthorized,
    PaymentDeclined,
    PaymentVoided,
    PaymentCaptured,
    CaptureFailed,
    PaymentRefunded,
    RefundFailed,
    OrderPlaced,
    OrderConfirmed,
    OrderRejected,
    OrderCancelled,
    OrderShipped,
    OrderDelivered,
    OrderRefunded,
);
