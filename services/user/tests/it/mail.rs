//! E-mails to customers.

mod accounts;
mod content;
mod duplicates;
mod failures;
mod preview;
mod registration;
