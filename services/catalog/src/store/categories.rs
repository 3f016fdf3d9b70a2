use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{UserId, Violations};
use uuid::Uuid;

use super::descriptions::{self, Description};
use super::products::containment;
use super::{Store, search_rebuilds, staff_actions};
use crate::domain::{Category, CategoryDraft, Error};
use crate::failure::Failure;
use crate::schema::{categories, category_terms as terms_table, products};

type Row = (Uuid, String, String, String, i32, i64);

fn category((id, slug, name, description, position, version): Row) -> Category {
    Category {
        id: id.into(),
        slug,
        name,
        description,
        position,
        version,
    }
}

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
        Ok(rows.into_iter().map(category).collect())
    }

    /// Adds a category, once for a key.
    ///
    /// # Errors
    /// `KeyReused`; `CategorySlugTaken`; `Invalid` when there are [`Category::MAX`]; the database.
    pub(crate) async fn create_category(
        &self,
        category: Category,
        by: UserId,
        request: idempotency::Request,
        now: DateTime<Utc>,
    ) -> Result<Category, Failure> {
        self.database
            .transaction(async move |conn| {
                if let Some(category) = request.earlier(conn, now).await? {
                    return Ok(category);
                }
                let count: i64 = categories::table.count().get_result(conn).await?;
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
                    .execute(conn)
                    .await
                    .map_err(slug_taken)?;
                staff_actions::category_created(conn, by, &category).await?;
                request.answered(conn, &category).await?;
                Ok(category.clone())
            })
            .await
    }

    /// Replaces the contents of a category. If it is renamed, its products are indexed again, a batch at a time.
    ///
    /// # Errors
    /// `CategoryNotFound`; `CategoryChanged`; `Invalid`; `CategorySlugTaken`; the database.
    pub(crate) async fn update_category(
        &self,
        slug: String,
        draft: CategoryDraft,
        version: i64,
        by: UserId,
    ) -> Result<Category, Failure> {
        self.database
            .transaction(async move |conn| {
                let stored = lock(conn, &slug).await?.ok_or(Error::CategoryNotFound)?;
                let changed = stored.changed(draft.clone(), version)?;
                let id = changed.id.as_uuid();
                diesel::update(categories::table.find(id))
                    .set((
                        categories::slug.eq(&changed.slug),
                        categories::name.eq(&changed.name),
                        categories::description.eq(&changed.description),
                        categories::position.eq(changed.position),
                        categories::version.eq(changed.version),
                    ))
                    .execute(conn)
                    .await
                    .map_err(slug_taken)?;
                if changed.name != stored.name {
                    let description = Description {
                        category_id: id,
                        name: String::new(),
                        rest: changed.name.clone(),
                        attributes: containment(&BTreeMap::new()),
                    };
                    descriptions::add(conn, &[description]).await?;
                    search_rebuilds::add(conn, id).await?;
                }
                staff_actions::category_changed(conn, by, &stored, &changed).await?;
                Ok(changed)
            })
            .await
    }

    /// Deletes a category that has no products.
    ///
    /// # Errors
    /// `CategoryNotFound`, `CategoryNotEmpty`; the database.
    pub(crate) async fn delete_category(&self, slug: String, by: UserId) -> Result<(), Failure> {
        self.database
            .transaction(async move |conn| {
                let stored = lock(conn, &slug).await?.ok_or(Error::CategoryNotFound)?;
                let id = stored.id.as_uuid();
                let of_category = || products::table.filter(products::category_id.eq(id));
                let all: i64 = of_category().count().get_result(conn).await?;
                if all > 0 {
                    let for_sale: i64 = of_category()
                        .filter(products::archived_at.is_null())
                        .count()
                        .get_result(conn)
                        .await?;
                    let archived = all - for_sale;
                    return Err(Error::CategoryNotEmpty { for_sale, archived }.into());
                }
                diesel::delete(terms_table::table.filter(terms_table::category_id.eq(id)))
                    .execute(conn)
                    .await?;
                diesel::delete(categories::table.find(id))
                    .execute(conn)
                    .await?;
                staff_actions::category_deleted(conn, by, &stored).await
            })
            .await
    }
}

fn slug_taken(error: diesel::result::Error) -> Failure {
    Failure::from(error).or_refused(&[("categories_slug_key", Error::CategorySlugTaken)])
}

/// The category with this slug. No product is added to it until the end of the transaction.
async fn lock(
    conn: &mut AsyncPgConnection,
    slug: &str,
) -> Result<Option<Category>, persistence::Error> {
    let row: Option<Row> = categories::table
        .filter(categories::slug.eq(slug))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(category))
}

/// The id of the category with this slug, for a product that is written. The category is neither changed nor deleted
/// until the end of the transaction.
pub(super) async fn lock_for_product(
    conn: &mut AsyncPgConnection,
    slug: &str,
) -> Result<Option<Uuid>, persistence::Error> {
    Ok(categories::table
        .filter(categories::slug.eq(slug))
        .select(categories::id)
        .for_key_share()
        .first(conn)
        .await
        .optional()?)
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
