//! Attacks on the whole shop, by name. Each one fails, and customers go on buying. `docs/attacks.md` lists them.

mod hostile;
mod http;
mod identity;
mod input;
mod list;
mod objects;
mod tokens;
