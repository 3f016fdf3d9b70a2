//! What handlers take from a request. Each extractor answers with a problem when it cannot.

mod body;
mod headers;
mod objects;
mod path;
mod query;

pub(crate) use body::{Body, Raw};
pub(crate) use headers::{CART_TOKEN, CartToken, IdempotencyKey, Signature};
pub(crate) use path::{Segment, Segments};
pub(crate) use query::Query;
