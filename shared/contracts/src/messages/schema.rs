//! The list of all messages, for documents and tests.

use std::collections::BTreeSet;

use schemars::{Schema, SchemaGenerator};

use super::*;

/// A message type, described for documents.
#[derive(Debug, Clone, Copy)]
pub struct MessageType {
    /// Routing key.
    pub name: &'static str,
    /// Command or event.
    pub kind: Kind,
    /// The service that sends it.
    pub source: &'static str,
    /// The durable queues that must receive it.
    pub consumers: &'static [&'static str],
    /// The field with its subject.
    pub subject_field: &'static str,
    /// The Rust type's name.
    pub title: &'static str,
    /// JSON schema of its data, generated as part of a document.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The durable queues that must receive messages of this type; none for an unknown type.
pub fn consumers(message_type: &str) -> &'static [&'static str] {
    let known = ALL.iter().find(|message| message.name == message_type);
    known.map_or(&[], |message| message.consumers)
}

/// The types of messages that this durable queue must receive.
pub fn sent_to(queue: &str) -> BTreeSet<&'static str> {
    let sent = ALL
        .iter()
        .filter(|message| message.consumers.contains(&queue));
    sent.map(|message| message.name).collect()
}

macro_rules! all {
    ($($name:ident),* $(,)?) => {
        /// All message types.
        pub const ALL: &[MessageType] = &[$(MessageType {
            name: <$name as Message>::TYPE,
            kind: <$name as Message>::KIND,
            source: <$name as Message>::SOURCE,
            consumers: <$name as Message>::CONSUMERS,
            subject_field: <$name as Message>::SUBJECT_FIELD,
            title: stringify!($name),
            schema: SchemaGenerator::subschema_for::<$name>,
        }),*];
    };
}

/// Calls a macro with the Rust types of all messages.
#[macro_export]
macro_rules! each_message {
    ($call:ident) => {
        $call!(
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
            OrderReturnRequested,
            OrderReturnApproved,
            OrderReturnRefused,
        );
    };
}

each_message!(all);
