//! The rules of accounts, sessions, signing keys, addresses and e-mails to customers. Pure.

mod account;
mod account_event;
mod address;
mod caller;
mod credential_change;
mod customer;
mod email_address;
mod email_template;
mod error;
mod new_password;
mod notification;
mod open_session;
mod password;
mod password_strength;
mod second_factor;
mod session;
mod signing_key;
mod staff;
mod throttle;
mod user_agent;

pub(crate) use account::{Credentials, Registration, Role, User, display_name, email_address};
pub(crate) use account_event::{AccountEvent, LINK_LIFETIME};
pub(crate) use address::{Address, AddressEntry, MAX_ADDRESSES};
pub(crate) use caller::Caller;
pub(crate) use credential_change::{EmailChangeRequest, PasswordChange, new_password};
pub(crate) use customer::{Customer, EmailPrefix};
pub(crate) use email_address::EmailAddress;
pub(crate) use email_template::{
    AccountPages, EmailContent, EmailTemplate, Recipient, printable_name,
};
pub(crate) use error::Error;
pub(crate) use notification::{About, Notification, OrderEvent};
pub(crate) use open_session::OpenSession;
pub(crate) use password::Password;
pub(crate) use second_factor::{CodeMatch, Decision, Tries, accepted_steps};
pub(crate) use session::{Lifetimes, PresentedToken, RefreshDecision, Spent};
pub(crate) use signing_key::{KeyTimes, NextKey, Replacement, Rotation, replacement, signer};
pub(crate) use staff::{
    MAX_STAFF, StaffMember, groups, invitation_expires_at, keep_an_admin, others_groups,
};
pub(crate) use throttle::Throttle;
pub(crate) use user_agent::UserAgent;
