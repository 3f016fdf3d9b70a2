//! Attacks on the whole shop, by name. Each one fails, and customers go on buying.

mod http;
