//! The console of staff: one handler per row of the table in `routes`.
//!
//! A handler takes a `Member`, calls the clients in `upstreams`, and renders a template of `templates/staff`.
//! The gate has checked the groups of the row; the services check them again.

use url::form_urlencoded;

use super::form_page::page_of;

mod audit;
mod categories;
mod conflict;
mod customers;
mod day;
mod discounts;
mod draft;
mod home;
mod keys;
pub(super) mod layout;
mod ledger;
pub(super) mod member;
mod members;
pub(super) mod navigation;
mod order;
mod orders;
mod problem_page;
mod product;
mod products;
mod reconciliations;
mod returns;
pub mod routes;
mod second_factor;
mod sign_in;
mod stock;
mod timeline;
pub(super) mod words;

pub(super) use problem_page::respond as problem_page;

/// The page to sign in on, and where to continue: at `path`, or at the page with the form that was sent to it.
pub(super) fn sign_in_path(path: &str) -> String {
    with_next("/staff/sign-in", path)
}

/// The page to prove the second factor on.
pub(super) fn second_factor_path(path: &str) -> String {
    with_next("/staff/second-factor", path)
}

fn with_next(page: &str, path: &str) -> String {
    let next = page_of(routes::TABLE, path).unwrap_or("/staff");
    let next = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
    format!("{page}?next={next}")
}
