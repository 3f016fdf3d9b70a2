//! The rows of a URL table.

use chassis::auth;
use kernel::Groups;

/// The URLs of the operations view begin with this. Its own requests are neither traced nor counted there.
pub(crate) const OPERATIONS_VIEW: &str = "/staff/system";

/// One method of one URL.
#[derive(Debug)]
pub struct Row {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The URL, with `{segments}`.
    pub path: &'static str,
    /// `operationId` in the OpenAPI document: `orders_place`.
    pub name: &'static str,
    /// Who may call it, and whether the caller matters. The services check again.
    pub access: Access,
    /// Selects its time budget and rate limit.
    pub class: Class,
}

/// Who may call a row, and what the gate does with the access token of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone. The response does not depend on the caller, so the gate does not read `Authorization`: an
    /// expired token must not keep anyone from refreshing it.
    Public,
    /// Anyone. A token selects the caller, so an invalid one is rejected: a guest's response would be about
    /// another cart.
    Optional,
    /// A signed-in caller.
    SignedIn,
    /// Staff in one of these groups.
    Staff(Groups),
    /// As `Staff`, with a recent second factor ([`auth::Access::RecentStaff`]).
    RecentStaff(Groups),
}

impl Access {
    /// Whether the response depends on the caller.
    pub fn uses_caller(self) -> bool {
        self != Self::Public
    }

    /// The groups that may call, if only staff may.
    pub fn groups(self) -> Option<Groups> {
        match self {
            Self::Staff(groups) | Self::RecentStaff(groups) => Some(groups),
            Self::Public | Self::Optional | Self::SignedIn => None,
        }
    }

    /// The rule for the verified caller.
    pub(crate) fn policy(self) -> auth::Access {
        match self {
            Self::Public | Self::Optional => auth::Access::Public,
            Self::SignedIn => auth::Access::SignedIn,
            Self::Staff(groups) => auth::Access::Staff(groups),
            Self::RecentStaff(groups) => auth::Access::RecentStaff(groups),
        }
    }
}

/// Selects time budget, rate limit and compression of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Usually served from the product cache or from memory.
    Page,
    /// Searches the catalog; its responses are large and compressed.
    Search,
    /// Everything else.
    Api,
    /// Checks a password or refresh token, so it could be used to guess one.
    Identity,
    /// A webhook of the payment provider. Webhooks come in bursts; the provider retries rejected ones.
    Webhook,
}

/// The row that a request matched; stored in the request's extensions.
pub(crate) struct Matched(pub(crate) &'static Row);
