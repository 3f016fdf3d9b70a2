use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::AsyncPgConnection;

use super::CANDIDATES;
use super::statement::{Bind, Conditions, Names, Statement};
use crate::domain::Facet;

/// Most values of one facet.
const MAX_VALUES: i64 = 20;
const MAX_FACETS: usize = 15;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts the values of at most [`CANDIDATES`] matches, in any order. With more matches, a count is a lower bound.
pub(super) async fn count(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
) -> Result<Vec<Facet>, persistence::Error> {
    let mut sql = Statement::new(
        "WITH candidate AS MATERIALIZED (
             SELECT category_id, attributes FROM products WHERE archived_at IS NULL",
    );
    conditions.push_all(&mut sql, Names::Any, true);
    sql.push(" LIMIT ").arg(Bind::Int(CANDIDATES));
    sql.push(
        "), counted AS (
             SELECT 'category' AS name, categories.slug AS value, count(*) AS count
             FROM candidate JOIN categories ON categories.id = candidate.category_id GROUP BY 2
             UNION ALL
             SELECT 'attributes.' || key, value, count(*)
             FROM candidate, jsonb_each_text(candidate.attributes) GROUP BY 1, 2
         ), numbered AS (
             SELECT *, row_number() OVER (PARTITION BY name ORDER BY count DESC, value) AS place,
                    sum(count) OVER (PARTITION BY name) AS total
             FROM counted
         )
         SELECT name, value, count FROM numbered WHERE place <= ",
    )
    .arg(Bind::Int(MAX_VALUES))
    .push(" ORDER BY name <> 'category', total DESC, name, place");
    let counts: Vec<Count> = sql.load(conn).await?;
    let mut facets: Vec<Facet> = Vec::new();
    for Count { name, value, count } in counts {
        let value = (value, u32::try_from(count).unwrap_or(u32::MAX));
        match facets.last_mut() {
            Some(facet) if facet.name == name => facet.values.push(value),
            _ => facets.push(Facet {
                name,
                values: vec![value],
            }),
        }
    }
    facets.truncate(MAX_FACETS);
    Ok(facets)
}
