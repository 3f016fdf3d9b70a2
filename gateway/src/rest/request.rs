//! Extractors of handlers. Each one fails with a problem.

mod body;
mod fields;
mod headers;
mod json;
mod path;
mod query;

pub(crate) use body::{Body, BodyMemory, Raw};
pub(crate) use headers::{CartToken, DeviceToken, IdempotencyKey, Signature};
pub(crate) use path::{Segment, Segments};
pub(crate) use query::Query;
