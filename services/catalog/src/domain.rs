//! The rules of the catalog, without I/O, async or a clock.

mod category;
mod currencies;
mod error;
mod image_url;
mod inventory;
mod offer;
mod page;
mod product;
mod product_list;
mod reservation;
mod search;
mod spelling;
mod stock;

pub(crate) use category::{Category, CategoryDraft, is_category_slug};
pub(crate) use currencies::Currencies;
pub(crate) use error::Error;
pub(crate) use inventory::{Availability, Cause, Changes, Inventory, JournalEntry, LevelChange};
pub(crate) use offer::Offer;
pub(crate) use page::Cursor;
pub(crate) use product::{Details, DetailsDraft, Image, NewProduct, Product, is_product_slug};
pub(crate) use product_list::{Listed, ProductList, ProductSummary};
pub(crate) use reservation::{Reservation, ReserveReply, State, Transition};
pub(crate) use search::{Facet, Filters, Page, Query, Search, SearchDraft, Sort, Token, Word};
pub(crate) use spelling::{Candidate, best_correction, replace_word};
pub(crate) use stock::{Adjustment, Level, Movement, ReservationLine, allocate};
