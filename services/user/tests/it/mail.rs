//! Mails to customers.

mod accounts;
mod content;
mod once;
mod trouble;
