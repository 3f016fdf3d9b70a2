//! The list of all messages, for documents and tests.

use schemars::{Schema, SchemaGenerator};

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
    /// Which of its fields is its subject.
    pub about: &'static str,
    /// The Rust type's name.
    pub title: &'static str,
    /// JSON schema of its data, as a part of the document that the generator is for.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! all {
    ($($name:ident),* $(,)?) => {
        /// Every message of the house.
        pub const ALL: &[MessageType] = &[$(MessageType {
            name: <$name as Message>::TYPE,
            kind: <$name as Message>::KIND,
            source: <$name as Message>::SOURCE,
            about: <$name as Message>::ABOUT,
            title: stringify!($name),
            schema: SchemaGenerator::subschema_for::<$name>,
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
    PaymentActionRequired,
    PaymentAuthorized,
    AuthorizationExpired,
    PaymentDeclined,
    PaymentVoided,
    PaymentCaptured,
    CaptureFailed,
    PaymentRefunded,
    RefundFailed,
    OrderPlaced,
    OrderActionRequired,
    OrderConfirmed,
    OrderRejected,
    OrderCancelled,
    OrderShipped,
    OrderDelivered,
    OrderRefunded,
);
