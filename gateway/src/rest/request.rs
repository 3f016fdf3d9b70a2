//! Extractors of handlers. Each one fails with a problem.

mod body;
mod fields;
mod headers;
mod if_match;
mod json;
mod patch;
mod path;
mod query;

pub(crate) use body::{Body, BodyMemory, Raw};
pub(crate) use headers::{
    CartToken, DeviceToken, IdempotencyKey, LastEventId, OptionalKey, Signature, UserAgent,
};
pub(crate) use if_match::IfMatch;
pub(crate) use patch::Patch;
pub(crate) use path::{Segment, Segments};
pub(crate) use query::{PageLinks, Query};
