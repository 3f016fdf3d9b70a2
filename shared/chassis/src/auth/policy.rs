use std::borrow::Cow;

use contracts::callers::Callers;
use kernel::{Group, Groups};

use super::{Caller, Role, token_missing};
use crate::call;
use crate::status::{FORBIDDEN, Reject, STEP_UP_REQUIRED};

/// Seconds for which a second factor counts as recent. Shorter than the life of an access token, and long enough
/// for a few refunds in a row.
pub const STEP_UP_MAX_AGE_S: i64 = 600;

/// Who may call an RPC. Whether they may access the entity in question is checked by the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, also without a token.
    Public,
    /// Every caller with a valid token.
    SignedIn,
    /// Every caller with a valid token, for what is their own; staff in one of these groups, for anything. The use
    /// case compares the owner.
    OwnerOr(Groups),
    /// Staff in one of these groups.
    Staff(Groups),
    /// As `Staff`, if they proved their second factor in the last [`STEP_UP_MAX_AGE_S`]: what moves money, or cannot
    /// be undone, or gives power.
    RecentStaff(Groups),
}

impl Access {
    /// [`Access::OwnerOr`] these groups.
    #[must_use]
    pub const fn owner_or(groups: &[Group]) -> Self {
        Self::OwnerOr(Groups::of(groups))
    }

    /// [`Access::Staff`] in one of these groups.
    #[must_use]
    pub const fn staff(groups: &[Group]) -> Self {
        Self::Staff(Groups::of(groups))
    }

    /// [`Access::RecentStaff`] in one of these groups.
    #[must_use]
    pub const fn recent_staff(groups: &[Group]) -> Self {
        Self::RecentStaff(Groups::of(groups))
    }
}

/// A row of a policy table: the path of an RPC (`/mercantile.order.v1.OrderService/PlaceOrder`), who may call it, and the
/// processes that may do so for them.
pub type Row = (&'static str, Access, Callers);

/// The policy table of a service. An RPC without a row is denied.
#[derive(Debug, Clone)]
pub struct Policy(Cow<'static, [Row]>);

impl Policy {
    /// A table with these rows.
    #[must_use]
    pub const fn new(rows: &'static [Row]) -> Self {
        Self(Cow::Borrowed(rows))
    }

    /// Adds the rows of another table, for RPCs that several services mount.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.to_mut().extend_from_slice(&other.0);
        self
    }

    /// The rows, in order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// Whether `caller` has this access at `now` (Unix seconds).
    ///
    /// # Errors
    /// `UNAUTHENTICATED` if a caller is required and missing, or if staff must prove their second factor
    /// (`STEP_UP_REQUIRED`); `PERMISSION_DENIED` if they are in none of the groups.
    pub fn decide(access: Access, caller: Option<&Caller>, now: i64) -> Result<(), Reject> {
        match (access, caller) {
            (Access::Public, _) | (Access::SignedIn | Access::OwnerOr(_), Some(_)) => Ok(()),
            (Access::Staff(groups), Some(caller)) => in_group(caller, groups),
            (Access::RecentStaff(groups), Some(caller)) => {
                in_group(caller, groups)?;
                match caller.is_recent(now) {
                    true => Ok(()),
                    false => Err(step_up_required()),
                }
            }
            (_, None) => Err(token_missing()),
        }
    }

    /// For a test of each service: the RPCs with which staff change something. Each must leave a record.
    #[must_use]
    pub fn staff_writes(&self, descriptor_set: &[u8]) -> Vec<&'static str> {
        let methods = call::methods(descriptor_set);
        let rows = self.0.iter().filter(|(path, access, _)| {
            let is_of_staff = matches!(
                access,
                Access::OwnerOr(_) | Access::Staff(_) | Access::RecentStaff(_)
            );
            let reads_only = methods
                .iter()
                .any(|method| method.path == *path && method.reads_only);
            is_of_staff && !reads_only
        });
        rows.map(|(path, ..)| *path).collect()
    }

    /// For a test of each service: compares the table with the descriptor set
    /// (`contracts::DESCRIPTOR_SET`) and names every RPC of `services`
    /// (`mercantile.order.v1.OrderService`) that has no row or several, and every row without an RPC.
    #[must_use]
    pub fn mismatches(&self, descriptor_set: &[u8], services: &[&str]) -> Vec<String> {
        let methods = call::methods(descriptor_set);
        let expected: Vec<&str> = methods
            .iter()
            .map(|method| method.path.as_str())
            .filter(|path| services.iter().any(|service| is_of(path, service)))
            .collect();
        let mut found = Vec::new();
        for path in &expected {
            let rows = self.0.iter().filter(|(row, ..)| row == path).count();
            if rows != 1 {
                found.push(format!(
                    "{path} has {rows} rows in the policy, it must have one"
                ));
            }
        }
        for (row, ..) in self.rows() {
            if !expected.contains(row) {
                found.push(format!("{row} is in the policy, but no such RPC exists"));
            }
        }
        found
    }
}

/// Staff without a second factor have no groups, so they learn that it is missing.
fn in_group(caller: &Caller, groups: Groups) -> Result<(), Reject> {
    if caller.is_in(groups) {
        Ok(())
    } else if caller.role == Role::Staff && !caller.second_factor {
        Err(step_up_required())
    } else {
        let message = format!("only staff in these groups may do this: {groups}");
        Err(Reject::permission_denied(FORBIDDEN, message))
    }
}

fn step_up_required() -> Reject {
    let message = "prove your second factor first, with POST /api/v1/sessions/step-up";
    Reject::unauthenticated(STEP_UP_REQUIRED, message)
}

fn is_of(path: &str, service: &str) -> bool {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(service))
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use kernel::UserId;
    use uuid::Uuid;

    use super::*;

    const NOW: i64 = 1_000_000;
    const CATALOG: Groups = Groups::of(&[Group::Catalog]);

    fn staff(groups: Groups, age_s: i64) -> Caller {
        Caller {
            user_id: UserId::generate(),
            role: Role::Staff,
            session_id: Uuid::now_v7(),
            groups,
            authenticated_at: NOW - age_s,
            second_factor: true,
        }
    }

    fn decided(access: Access, caller: Caller) -> Result<(), &'static str> {
        Policy::decide(access, Some(&caller), NOW).map_err(|reject| reject.reason())
    }

    #[test]
    fn staff_needs_one_of_the_groups_and_no_group_includes_another() {
        let access = Access::staff(&[Group::Catalog, Group::Warehouse]);
        for group in Group::ALL {
            let expected = match group {
                Group::Catalog | Group::Warehouse => Ok(()),
                Group::Support | Group::Finance | Group::Admin => Err(FORBIDDEN),
            };
            assert_eq!(decided(access, staff(Groups::of(&[group]), 0)), expected);
        }
    }

    #[test]
    fn groups_in_the_token_of_a_customer_mean_nothing() {
        let customer = Caller {
            role: Role::Customer,
            ..staff(Groups::ALL, 0)
        };
        assert_eq!(decided(Access::Staff(CATALOG), customer), Err(FORBIDDEN));
        assert!(!customer.is_in(CATALOG));
    }

    #[test]
    fn staff_without_a_second_factor_must_prove_it() {
        let caller = Caller {
            second_factor: false,
            ..staff(Groups::NONE, 0)
        };
        for access in [Access::Staff(CATALOG), Access::RecentStaff(CATALOG)] {
            assert_eq!(decided(access, caller), Err(STEP_UP_REQUIRED));
        }
        assert_eq!(decided(Access::SignedIn, caller), Ok(()));
    }

    #[test]
    fn a_recent_second_factor_ages() {
        let access = Access::RecentStaff(CATALOG);
        assert_eq!(decided(access, staff(CATALOG, STEP_UP_MAX_AGE_S)), Ok(()));
        let old = staff(CATALOG, STEP_UP_MAX_AGE_S + 1);
        assert_eq!(decided(access, old), Err(STEP_UP_REQUIRED));
        assert_eq!(decided(Access::Staff(CATALOG), old), Ok(()));
        assert_eq!(decided(access, staff(Groups::NONE, 0)), Err(FORBIDDEN));
        let password_only = Caller {
            second_factor: false,
            ..staff(CATALOG, 0)
        };
        assert_eq!(decided(access, password_only), Err(STEP_UP_REQUIRED));
    }

    #[test]
    fn without_a_token_only_public_rpcs_are_open() {
        for access in [
            Access::SignedIn,
            Access::OwnerOr(CATALOG),
            Access::Staff(CATALOG),
            Access::RecentStaff(CATALOG),
        ] {
            assert!(Policy::decide(access, None, NOW).is_err());
        }
        assert!(Policy::decide(Access::Public, None, NOW).is_ok());
    }
}
