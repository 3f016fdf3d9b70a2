//! The rows of both kinds of tables in one form, and what they mean for a caller. Written from the documentation of the
//! tables, not with the code that enforces them.

use chassis::auth;
use gateway::route;
use kernel::Groups;

use super::people::Person;

/// Who may call a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Everyone, and a token is not read.
    Everyone,
    /// Everyone, and a token that is not valid is refused.
    EveryoneByToken,
    /// A signed-in caller, for what is their own, and staff in these groups for anything.
    Own(Groups),
    /// Staff, for what is their own.
    AnyStaff,
    /// Staff in one of these groups.
    Staff(Groups),
    /// The same, with a second factor that they proved some minutes ago at most.
    RecentStaff(Groups),
}

/// Open to staff without a group, too: groups come with the second factor, which these rows are about. The handlers
/// refuse customers.
const OF_ANY_STAFF: [&str; 3] = ["BeginSecondFactor", "ConfirmSecondFactor", "StepUp"];

impl Rule {
    /// The rule of an RPC.
    pub(super) fn of_rpc(path: &str, access: auth::Access) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        match access {
            auth::Access::SignedIn if OF_ANY_STAFF.contains(&name) => Self::AnyStaff,
            auth::Access::Public => Self::EveryoneByToken,
            auth::Access::SignedIn => Self::Own(Groups::NONE),
            auth::Access::OwnerOr(groups) => Self::Own(groups),
            auth::Access::Staff(groups) => Self::Staff(groups),
            auth::Access::RecentStaff(groups) => Self::RecentStaff(groups),
        }
    }

    /// The rule of a URL.
    pub(super) fn of_row(row: &route::Row) -> Self {
        match row.access {
            route::Access::SignedIn if row.name.starts_with("second_factor_") => Self::AnyStaff,
            route::Access::Public => Self::Everyone,
            route::Access::Optional => Self::EveryoneByToken,
            route::Access::SignedIn => Self::Own(Groups::NONE),
            route::Access::Staff(groups) => Self::Staff(groups),
            route::Access::RecentStaff(groups) => Self::RecentStaff(groups),
        }
    }
}

impl Rule {
    /// The reason with which the caller is refused, if they are.
    pub(super) fn refusal(self, person: Person) -> Option<&'static str> {
        match (person, self) {
            (Person::Guest, Self::Everyone | Self::EveryoneByToken) => None,
            (Person::Guest, _) => Some("TOKEN_MISSING"),
            (Person::Expired | Person::Forger, Self::Everyone) => None,
            (Person::Expired, _) => Some("TOKEN_EXPIRED"),
            (Person::Forger, _) => Some("TOKEN_INVALID"),
            (Person::Customer, Self::AnyStaff | Self::Staff(_) | Self::RecentStaff(_)) => {
                Some("FORBIDDEN")
            }
            (Person::Staff(group), Self::Staff(groups) | Self::RecentStaff(groups)) => {
                (!groups.contains(group)).then_some("FORBIDDEN")
            }
            (Person::PasswordOnly, Self::Staff(_) | Self::RecentStaff(_))
            | (Person::LongAgo, Self::RecentStaff(_)) => Some("STEP_UP_REQUIRED"),
            _ => None,
        }
    }

    /// Whether an answer is the expected one.
    pub(super) fn admits(self, person: Person, actual: Option<&str>) -> bool {
        match (self, person) {
            // An empty request proves no second factor, so the handler decides; the row has admitted them.
            (
                Self::AnyStaff,
                Person::Customer | Person::Staff(_) | Person::PasswordOnly | Person::LongAgo,
            ) => !matches!(
                actual,
                Some("TOKEN_MISSING" | "TOKEN_INVALID" | "TOKEN_EXPIRED")
            ),
            _ => actual == self.refusal(person),
        }
    }

    /// The cell of the page.
    pub(super) fn cell(self, person: Person) -> &'static str {
        match (self.refusal(person), self, person) {
            (Some("TOKEN_MISSING"), ..) => "401",
            (Some(_), ..) => "403",
            (None, Self::Own(groups), Person::Staff(group)) if groups.contains(group) => "any",
            (None, Self::Own(_) | Self::AnyStaff, _) => "own",
            (None, Self::RecentStaff(_), _) => "recent",
            (None, ..) => "yes",
        }
    }
}
