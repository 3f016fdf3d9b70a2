//! Statements that are prepared once per connection.

use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;

use crate::support::{migrated, read};

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn kept(conn: &mut AsyncPgConnection, text: &str) -> i64 {
    let kept = sql_query("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1")
        .bind::<Text, _>(text)
        .get_result::<Counted>(conn);
    kept.await.unwrap().count
}

#[tokio::test]
async fn a_prepared_statement_is_reused_with_new_values() {
    let (_test, database) = migrated().await;
    let mut conn = database.get().await.unwrap();
    for (name, value) in [("first", 1), ("second", 2), ("third", 3)] {
        prepared("INSERT INTO counters SELECT $1, $2 * $2")
            .bind::<Text, _>(name)
            .bind::<Integer, _>(value)
            .execute(&mut conn)
            .await
            .unwrap();
    }
    assert_eq!(9, read(&mut conn, "third").await.unwrap());
    assert_eq!(1, kept(&mut conn, "INSERT INTO counters SELECT%").await);
    let rows: Vec<Counted> = prepared("SELECT count(*) AS count FROM counters")
        .load(&mut conn)
        .await
        .unwrap();
    assert_eq!(3, rows[0].count);
}
