//! The rules of the catalog. Pure: no I/O, no async, no clock of its own.

mod category;
mod error;
mod page;
mod product;
mod reservation;
mod search;
mod spelling;
mod stock;

pub use category::{Category, CategoryDraft};
pub use error::Error;
pub use page::Cursor;
pub use product::{Details, DetailsDraft, Image, NewProduct, Product};
pub use reservation::{CommitDecision, Reservation, ReserveAnswer, State, Transition};
pub use search::{Facet, Filters, Page, Search, SearchDraft, Sort, Word};
pub use spelling::{Candidate, best_correction};
pub use stock::{Adjustment, Hold, Level, Movement, hold};
