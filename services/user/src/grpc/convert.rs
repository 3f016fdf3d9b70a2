//! Conversion between protos and domain types.

use chassis::auth;
use chassis::status::Reject;
use contracts::convert::timestamp;
use contracts::{types, user::v1};
use kernel::{AddressId, Clock, PostalAddress, PostalFields};
use secrecy::ExposeSecret;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::app::IssuedSession;
use crate::domain::{self, Address, Caller, OpenSession, Role, User};
use crate::failure::Failure;

/// The caller, with the session of their token.
pub(super) fn caller<T>(request: &Request<T>) -> Result<Caller, Reject> {
    let caller = auth::caller(request)?;
    Ok(Caller {
        user: caller.user_id,
        session: caller.session_id,
        role: match caller.role {
            auth::Role::Customer => Role::Customer,
            auth::Role::Staff => Role::Staff,
        },
        // The clock of the verification of tokens.
        is_recent: caller.is_recent(Clock::system().now().timestamp()),
    })
}

/// A malformed id is `AddressNotFound`.
pub(super) fn address_id(text: &str) -> Result<AddressId, Status> {
    text.parse()
        .map_err(|_| Failure::from(domain::Error::AddressNotFound).into())
}

/// A malformed id is `SessionNotFound`.
pub(super) fn session_id(text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Failure::from(domain::Error::SessionNotFound).into())
}

/// A session in the list of its owner.
pub(super) fn open_session(session: OpenSession, caller: Caller) -> v1::OpenSession {
    v1::OpenSession {
        id: session.id.to_string(),
        created_at: Some(timestamp(session.started_at)),
        last_used_at: Some(timestamp(session.last_used_at)),
        current: session.id == caller.session,
        user_agent: session.user_agent.unwrap_or_default(),
    }
}

/// A malformed id is `SigningKeyNotFound`.
pub(super) fn kid(text: &str) -> Result<Uuid, Status> {
    text.parse()
        .map_err(|_| Failure::from(domain::Error::SigningKeyNotFound).into())
}

impl From<User> for v1::User {
    fn from(user: User) -> Self {
        let role = match user.role {
            Role::Customer => v1::Role::Customer,
            Role::Staff => v1::Role::Staff,
        };
        Self {
            id: user.id.to_string(),
            email: user.email,
            display_name: user.display_name,
            role: role.into(),
            created_at: Some(timestamp(user.created_at)),
            email_verified: user.email_verified,
        }
    }
}

impl From<IssuedSession> for v1::Session {
    fn from(session: IssuedSession) -> Self {
        Self {
            access_token: session.access_token.expose_secret().to_owned(),
            access_expires_at: Some(timestamp(session.access_expires_at)),
            refresh_token: session.refresh_token.expose_secret().to_owned(),
            refresh_expires_at: Some(timestamp(session.refresh_expires_at)),
            user: Some(session.user.into()),
            device_token: session
                .device_token
                .map_or_else(String::new, |token| token.expose_secret().to_owned()),
        }
    }
}

impl From<Address> for v1::Address {
    fn from(address: Address) -> Self {
        Self {
            id: address.id.to_string(),
            label: address.entry.label,
            postal: Some(postal_address(address.entry.postal)),
        }
    }
}

fn postal_address(postal: PostalAddress) -> types::v1::PostalAddress {
    types::v1::PostalAddress {
        recipient: postal.recipient,
        line1: postal.line1,
        line2: postal.line2,
        city: postal.city,
        region: postal.region,
        postal_code: postal.postal_code,
        country: postal.country.to_string(),
    }
}

pub(super) fn postal_fields(postal: types::v1::PostalAddress) -> PostalFields {
    PostalFields {
        recipient: postal.recipient,
        line1: postal.line1,
        line2: postal.line2,
        city: postal.city,
        region: postal.region,
        postal_code: postal.postal_code,
        country: postal.country,
    }
}
