use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Violations;
use uuid::Uuid;

use super::Store;
use crate::domain::{Category, Error};
use crate::failure::Failure;
use crate::schema::categories;

type Row = (Uuid, String, String, String, i32);

impl Store {
    /// All categories, by position.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn categories(&self) -> Result<Vec<Category>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<Row> = categories::table
            .order((categories::position, categories::slug))
            .limit(Category::MAX)
            .load(&mut conn)
            .await?;
        let category = |(id, slug, name, description, position): Row| Category {
            id: id.into(),
            slug,
            name,
            description,
            position,
        };
        Ok(rows.into_iter().map(category).collect())
    }

    /// Adds a category.
    ///
    /// # Errors
    /// `CategorySlugTaken`; `Invalid` when there are [`Category::MAX`]; the database.
    pub(crate) async fn create_category(&self, category: &Category) -> Result<(), Failure> {
        let mut conn = self.database.get().await?;
        let count: i64 = categories::table.count().get_result(&mut conn).await?;
        if count >= Category::MAX {
            let full = Violations::one("slug", "cannot be added: there are 200 categories");
            return Err(Error::from(full).into());
        }
        diesel::insert_into(categories::table)
            .values((
                categories::id.eq(category.id.as_uuid()),
                categories::slug.eq(&category.slug),
                categories::name.eq(&category.name),
                categories::description.eq(&category.description),
                categories::position.eq(category.position),
            ))
            .execute(&mut conn)
            .await
            .map_err(|error| {
                Failure::from(error)
                    .or_refused(&[("categories_slug_key", Error::CategorySlugTaken)])
            })?;
        Ok(())
    }
}

/// The id of the category with this slug.
pub(super) async fn id_of(
    conn: &mut AsyncPgConnection,
    slug: &str,
) -> Result<Option<Uuid>, persistence::Error> {
    Ok(categories::table
        .filter(categories::slug.eq(slug))
        .select(categories::id)
        .first(conn)
        .await
        .optional()?)
}

/// The name of an existing category.
pub(super) async fn name_of(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> Result<String, persistence::Error> {
    Ok(categories::table
        .find(id)
        .select(categories::name)
        .first(conn)
        .await?)
}
