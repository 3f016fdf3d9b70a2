//! The customer's pages: one handler per row of the table in `routes`.

use url::form_urlencoded;

use super::form_page::page_of;

mod account;
mod cards;
mod cart;
mod category;
mod checkout;
mod home;
mod legal;
mod listing;
mod mail_links;
mod order;
mod orders;
mod product;
mod register;
mod request_return;
pub mod routes;
mod search;
mod sign_in;
mod sitemap;

pub(super) use cards::Picture;

/// The page to sign in on, to get back to where `path` belongs: itself, or the page with the form that was sent to it.
pub(super) fn sign_in_path(path: &str) -> String {
    let page = page_of(routes::TABLE, path).unwrap_or("/");
    let next = form_urlencoded::byte_serialize(page.as_bytes()).collect::<String>();
    format!("/sign-in?next={next}")
}
