//! The rules of accounts, sessions, signing keys, addresses and mails to customers. Pure.

mod account;
mod address;
mod error;
mod letter;
mod news;
mod session;
mod signing_key;

pub(crate) use account::{Credentials, Registration, Role, User};
pub(crate) use address::{Address, AddressEntry, MAX_ADDRESSES, PostalAddress, PostalFields};
pub(crate) use error::Error;
pub(crate) use letter::{Letter, Letterhead, speakable};
pub(crate) use news::{News, Notice};
pub(crate) use session::{Lifetimes, Presented, Verdict};
pub(crate) use signing_key::{KeyTimes, Next, Rotation, signer};
