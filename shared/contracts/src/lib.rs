//! The contracts between processes: gRPC services and messages. No behavior.

pub mod callers;
pub mod convert;
pub mod messages;
mod timeline;
pub mod trace;

pub use timeline::{TimelineKind, UnknownKind};
pub use trace::{CORRELATION, TraceContext};

/// All protos as a serialized `FileDescriptorSet`, with comments.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! generated {
    ($($(#[$doc:meta])* $package:ident),*) => {$(
        $(#[$doc])*
        #[allow(
            missing_docs,
            clippy::all,
            clippy::allow_attributes_without_reason,
            clippy::as_conversions,
            unreachable_pub,
            reason = "generated"
        )]
        pub mod $package {
            /// Version 1.
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/mercantile.", stringify!($package), ".v1.rs"));
            }
        }
    )*};
}

generated!(
    /// Values that several services use.
    types,
    /// Accounts, sessions, signing keys and addresses.
    user,
    /// Products, categories, search and stock.
    catalog,
    /// Carts, the checkout and orders.
    order,
    /// Payments and the ledger.
    payment,
    /// What operators can do to any service.
    operations
);
