//! The rules of staff accounts: who is invited into which groups, and that one admin always remains.

use chrono::{DateTime, Duration, Utc};
use kernel::{Group, Groups, UserId, Violations};

use super::Error;

/// Time to accept an invitation.
const INVITATION: Duration = Duration::days(3);
/// Staff accounts and invitations at most; they are listed at once.
pub(crate) const MAX_STAFF: usize = 500;

/// When an invitation made `now` expires.
pub(crate) fn invitation_expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + INVITATION
}

/// Reads the `groups` of a request.
///
/// # Errors
/// Unknown groups, or none.
pub(crate) fn groups(names: &[String]) -> Result<Groups, Violations> {
    let mut violations = Violations::new();
    let known = names.iter().map(|name| Group::named(name));
    let groups: Groups = known.clone().flatten().collect();
    violations.check(
        known.into_iter().all(|group| group.is_some()) && !groups.is_empty(),
        "groups",
        format_args!("must be some of {}", Groups::ALL),
    );
    violations.or(groups)
}

/// Whether an admin remains if `user` gets these groups. `admins` are the present ones.
///
/// # Errors
/// `LastAdmin`.
pub(crate) fn keep_an_admin(admins: &[UserId], user: UserId, groups: Groups) -> Result<(), Error> {
    let others = admins.iter().any(|admin| *admin != user);
    let was_admin = admins.contains(&user);
    match groups.contains(Group::Admin) || others || !was_admin {
        true => Ok(()),
        false => Err(Error::LastAdmin),
    }
}

/// Whether `by` may change the groups of `user`: another admin decides what an admin may do.
///
/// # Errors
/// `OwnGroups`.
pub(crate) fn others_groups(by: UserId, user: UserId) -> Result<(), Error> {
    match by == user {
        true => Err(Error::OwnGroups),
        false => Ok(()),
    }
}

/// A staff member, or someone who is invited. Its `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StaffMember {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) groups: Groups,
    /// Whether they have a second factor; without it, the groups have no effect.
    pub(crate) second_factor: bool,
    /// When their invitation expires, until they accept it.
    pub(crate) invited_until: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for StaffMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffMember")
            .field("id", &self.id)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_known_and_at_least_one() {
        let read = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            groups(&names).ok()
        };
        let both = Groups::of(&[Group::Catalog, Group::Admin]);
        assert_eq!(read(&["admin", "catalog", "admin"]), Some(both));
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["admin", "owner"]), None);
    }

    #[test]
    fn the_last_admin_remains() {
        let (one, other) = (UserId::generate(), UserId::generate());
        let support = Groups::of(&[Group::Support]);
        assert_eq!(keep_an_admin(&[one], one, support), Err(Error::LastAdmin));
        assert_eq!(
            keep_an_admin(&[one], one, Groups::NONE),
            Err(Error::LastAdmin)
        );
        assert_eq!(keep_an_admin(&[one], one, Groups::ALL), Ok(()));
        assert_eq!(keep_an_admin(&[one, other], one, support), Ok(()));
        assert_eq!(keep_an_admin(&[one], other, Groups::NONE), Ok(()));
        // Nobody is locked out by what was so before.
        assert_eq!(keep_an_admin(&[], one, support), Ok(()));
    }
}
