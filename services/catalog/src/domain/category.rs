use kernel::{CategoryId, Violations};

use super::product::check_slug;

/// A shelf of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Category {
    /// Drawn by us.
    pub(crate) id: CategoryId,
    /// Unique, in URLs.
    pub(crate) slug: String,
    /// For people.
    pub(crate) name: String,
    /// For people; may be empty.
    pub(crate) description: String,
    /// Lowest first.
    pub(crate) position: i32,
}

/// A category as somebody asks for it, not checked yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct CategoryDraft {
    /// Lower case letters, digits and dashes, 1 to 80.
    pub(crate) slug: String,
    /// 1 to 80 characters.
    pub(crate) name: String,
    /// At most 500 characters.
    pub(crate) description: String,
    /// Lowest first.
    pub(crate) position: i32,
}

impl Category {
    /// How many categories a shop can have.
    pub(crate) const MAX: i64 = 200;

    /// A new category.
    ///
    /// # Errors
    /// Every field that is not as it must be.
    pub(crate) fn new(draft: CategoryDraft) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        check_slug(&mut violations, "slug", &draft.slug, 80);
        violations.check_text("name", &draft.name, 1, 80);
        violations.check_text("description", &draft.description, 0, 500);
        violations.or(Self {
            id: CategoryId::generate(),
            slug: draft.slug,
            name: draft.name.trim().to_owned(),
            description: draft.description.trim().to_owned(),
            position: draft.position,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let draft = CategoryDraft {
            slug: "Coffee & Tea".to_owned(),
            name: " ".to_owned(),
            description: "x".repeat(501),
            position: 1,
        };
        let violations = Category::new(draft).expect_err("three fields are wrong");
        let fields: Vec<_> = violations.into_vec().into_iter().map(|v| v.field).collect();
        assert_eq!(fields, ["slug", "name", "description"]);
    }
}
