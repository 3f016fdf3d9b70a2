//! The words and attributes that describe products, for `spelling_terms` and `category_terms`.

use diesel::sql_types::{Array, Jsonb, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::{category_terms, spelling};

const OF_PRODUCTS: &str = "
    SELECT products.category_id, products.name, products.attributes, concat_ws(' ',
        products.description, categories.name, products.sku,
        (SELECT string_agg(value, ' ') FROM jsonb_each_text(products.attributes))) AS rest
    FROM products JOIN categories ON categories.id = products.category_id
    WHERE products.id = ANY($1)";

/// What describes products of a category.
#[derive(QueryableByName)]
pub(super) struct Description {
    #[diesel(sql_type = SqlUuid)]
    pub(super) category_id: Uuid,
    /// Words of names.
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// Words of everything else.
    #[diesel(sql_type = Text)]
    pub(super) rest: String,
    /// An object.
    #[diesel(sql_type = Jsonb)]
    pub(super) attributes: Value,
}

/// Adds what describes these products.
pub(super) async fn add_of_products(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<(), persistence::Error> {
    let descriptions: Vec<Description> = sql_query(OF_PRODUCTS)
        .bind::<Array<SqlUuid>, _>(ids)
        .load(conn)
        .await?;
    add(conn, &descriptions).await
}

/// Adds words and attributes, with one statement per table.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    descriptions: &[Description],
) -> Result<(), persistence::Error> {
    let names = descriptions.iter().map(|each| each.name.as_str());
    let rests = descriptions.iter().map(|each| each.rest.as_str());
    let texts: Vec<&str> = names.chain(rests).collect();
    let in_name: Vec<bool> = (0..texts.len())
        .map(|index| index < descriptions.len())
        .collect();
    spelling::add(conn, &texts, &in_name).await?;

    let category_ids: Vec<Uuid> = descriptions.iter().map(|each| each.category_id).collect();
    let texts: Vec<String> = descriptions
        .iter()
        .map(|each| format!("{} {}", each.name, each.rest))
        .collect();
    let attributes: Vec<&Value> = descriptions.iter().map(|each| &each.attributes).collect();
    category_terms::add(conn, &category_ids, &texts, &attributes).await
}
