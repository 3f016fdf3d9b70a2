use contracts::catalog::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{convert_all, id};
use crate::edge::problem::Problem;

/// A category of products.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Category {
    /// The category's id.
    pub(crate) id: Uuid,
    /// Identifier in URLs.
    #[schema(example = "coffee")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Coffee")]
    pub(crate) name: String,
    /// Description for customers.
    #[schema(example = "Beans and ground coffee")]
    pub(crate) description: String,
    /// Sort key of the category list, lowest first.
    #[schema(example = 10)]
    pub(crate) position: i32,
    /// Counts changes by staff; the `ETag` of the category in staff's URLs.
    #[schema(example = 1)]
    pub(crate) version: i64,
}

/// All categories, sorted by position.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Categories {
    /// At most 200.
    #[serde(rename = "items")]
    pub(crate) categories: Vec<Category>,
}

/// A new category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCategory {
    /// Identifier in URLs: lower case letters, digits and dashes.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Coffee", format = "category-name")]
    pub(crate) name: String,
    /// Description for customers.
    #[serde(default)]
    #[schema(example = "Beans and ground coffee", format = "category-description")]
    pub(crate) description: String,
    /// Sort key of the category list, lowest first.
    #[serde(default)]
    #[schema(example = 10)]
    pub(crate) position: i32,
}

/// What staff can change of a category.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryFields {
    /// Identifier in URLs: lower case letters, digits and dashes.
    #[schema(example = "coffee", format = "category-slug")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Coffee", format = "category-name")]
    pub(crate) name: String,
    /// Description for customers.
    #[serde(default)]
    #[schema(example = "Beans and ground coffee", format = "category-description")]
    pub(crate) description: String,
    /// Sort key of the category list, lowest first.
    #[serde(default)]
    #[schema(example = 10)]
    pub(crate) position: i32,
}

impl From<&Category> for CategoryFields {
    fn from(category: &Category) -> Self {
        Self {
            slug: category.slug.clone(),
            name: category.name.clone(),
            description: category.description.clone(),
            position: category.position,
        }
    }
}

impl TryFrom<v1::Category> for Category {
    type Error = Problem;

    fn try_from(category: v1::Category) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&category.id, "Category.id")?,
            slug: category.slug,
            name: category.name,
            description: category.description,
            position: category.position,
            version: category.version,
        })
    }
}

impl TryFrom<v1::ListCategoriesResponse> for Categories {
    type Error = Problem;

    fn try_from(reply: v1::ListCategoriesResponse) -> Result<Self, Problem> {
        Ok(Self {
            categories: convert_all(reply.categories)?,
        })
    }
}
