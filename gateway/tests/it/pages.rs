//! The shop's pages.

mod assets;
mod browser;
mod cart;
mod catalog;
mod forms;
mod headers;
mod problems;
mod sessions;
mod sign_in;
