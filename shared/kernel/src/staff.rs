//! What a staff member may do: groups of permissions.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A group of permissions. No group includes another: a row of a policy lists every group that may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Answers customers: reads and cancels orders, decides returns.
    Support,
    /// Counts, packs and ships.
    Warehouse,
    /// Products, categories, prices and discount codes.
    Catalog,
    /// Refunds, the ledger and reconciliations.
    Finance,
    /// Staff accounts, signing keys and dead letters.
    Admin,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 5] = [
        Self::Support,
        Self::Warehouse,
        Self::Catalog,
        Self::Finance,
        Self::Admin,
    ];

    /// Its name in tokens, in the database and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Warehouse => "warehouse",
            Self::Catalog => "catalog",
            Self::Finance => "finance",
            Self::Admin => "admin",
        }
    }

    /// The group with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Support => 1,
            Self::Warehouse => 1 << 1,
            Self::Catalog => 1 << 2,
            Self::Finance => 1 << 3,
            Self::Admin => 1 << 4,
        }
    }
}

/// A set of groups.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Groups(u8);

impl Groups {
    /// No group.
    pub const NONE: Self = Self(0);
    /// Every group.
    pub const ALL: Self = Self::of(&Group::ALL);

    /// These groups.
    #[must_use]
    pub const fn of(groups: &[Group]) -> Self {
        let mut bits = 0;
        let mut rest = groups;
        while let [group, others @ ..] = rest {
            bits |= group.bit();
            rest = others;
        }
        Self(bits)
    }

    /// The same groups and `group`.
    #[must_use]
    pub const fn with(self, group: Group) -> Self {
        Self(self.0 | group.bit())
    }

    /// Whether `group` is one of them.
    #[must_use]
    pub const fn contains(self, group: Group) -> bool {
        self.0 & group.bit() != 0
    }

    /// Whether the two sets have a group in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no group.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The groups, in the order of [`Group::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Group> {
        Group::ALL
            .into_iter()
            .filter(move |group| self.contains(*group))
    }

    /// The names of the groups.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Group::name).collect()
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        groups.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names().join(", "))
    }
}

impl fmt::Debug for Groups {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Groups {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Groups {
    /// An unknown name is no group: a newer `user` may know more groups than this process.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Group::named(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_groups_that_it_was_made_of() {
        let groups = Groups::of(&[Group::Finance, Group::Support]);
        assert_eq!(groups.to_string(), "support, finance");
        assert!(groups.contains(Group::Finance) && !groups.contains(Group::Admin));
        assert!(groups.intersects(Groups::of(&[Group::Support, Group::Admin])));
        assert!(!groups.intersects(Groups::of(&[Group::Admin])));
        assert!(!groups.intersects(Groups::NONE) && Groups::NONE.is_empty());
        assert_eq!(Groups::ALL.iter().count(), Group::ALL.len());
    }

    #[test]
    fn an_unknown_group_in_a_token_is_no_group() {
        let groups: Groups = serde_json::from_str(r#"["catalog", "owner"]"#).unwrap();
        assert_eq!(groups, Groups::of(&[Group::Catalog]));
        assert_eq!(serde_json::to_string(&groups).unwrap(), r#"["catalog"]"#);
    }
}
