use std::borrow::Cow;

use super::{Caller, token_missing};
use crate::call;
use crate::status::{FORBIDDEN, Reject};

/// Who may call an RPC. Whether they may access the entity in question is checked by the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone, also without a token.
    Public,
    /// Every caller with a valid token.
    SignedIn,
    /// Staff.
    Staff,
}

/// The policy table of a service: RPC path (`/mercantile.order.v1.OrderService/PlaceOrder`) and who
/// may call it. An RPC without a row is denied.
#[derive(Debug, Clone)]
pub struct Policy(Cow<'static, [(&'static str, Access)]>);

impl Policy {
    /// A table with these rows.
    #[must_use]
    pub const fn new(rows: &'static [(&'static str, Access)]) -> Self {
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
    pub fn rows(&self) -> &[(&'static str, Access)] {
        &self.0
    }

    /// Whether `caller` has this access.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` if a caller is required and missing, `PERMISSION_DENIED` if they lack the
    /// role.
    pub fn decide(access: Access, caller: Option<&Caller>) -> Result<(), Reject> {
        match (access, caller) {
            (Access::Public, _) | (Access::SignedIn, Some(_)) => Ok(()),
            (Access::Staff, Some(caller)) if caller.is_staff() => Ok(()),
            (Access::Staff, Some(_)) => Err(Reject::permission_denied(
                FORBIDDEN,
                "only staff may do this",
            )),
            (Access::SignedIn | Access::Staff, None) => Err(token_missing()),
        }
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
            let rows = self.0.iter().filter(|(row, _)| row == path).count();
            if rows != 1 {
                found.push(format!(
                    "{path} has {rows} rows in the policy, it must have one"
                ));
            }
        }
        for (row, _) in self.rows() {
            if !expected.contains(row) {
                found.push(format!("{row} is in the policy, but no such RPC exists"));
            }
        }
        found
    }
}

fn is_of(path: &str, service: &str) -> bool {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(service))
        .is_some_and(|rest| rest.starts_with('/'))
}
