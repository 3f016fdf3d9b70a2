//! After a change of the text rules, products are indexed again.

use diesel::sql_query;
use diesel_async::RunQueryDsl;
use persistence::Database;

use crate::support::{Shop, attributes, goods, query};

/// The state before the change: products are indexed by other rules, and the dictionary lacks their words.
const BEFORE: [&str; 4] = [
    "UPDATE products SET search = to_tsvector('simple', 'node.js')",
    "DELETE FROM spelling_terms",
    "DELETE FROM category_terms WHERE term LIKE 'w:%'",
    "INSERT INTO search_rebuilds (category_id, indexed_until) VALUES (NULL, '00000000-0000-0000-0000-000000000000')",
];

#[tokio::test(flavor = "multi_thread")]
async fn products_are_indexed_by_the_new_rules_a_batch_at_a_time() {
    let shop = Shop::start().await;
    shop.category("goods").await;
    // More than a batch.
    for number in 0..210 {
        let mut book = goods(&format!("BOOK-{number}"), "Node.js handbook");
        book.attributes = attributes(&[("part", "AB/12")]);
        shop.product(book).await;
    }
    let database = Database::new(&shop.config.own.database).unwrap();
    database
        .transaction(async move |conn| {
            for statement in BEFORE {
                sql_query(statement).execute(conn).await?;
            }
            Ok::<_, persistence::Error>(())
        })
        .await
        .unwrap();
    testkit::eventually("all products are indexed again", async || {
        let mut conn = database.get().await.unwrap();
        let rebuilding = sql_query("SELECT FROM search_rebuilds");
        (rebuilding.execute(&mut conn).await.unwrap() == 0).then_some(())
    })
    .await;
    for text in ["handbook ab 12", "node"] {
        let page = shop.search(query(text)).await;
        assert_eq!(page.products.len(), 20, "{text}");
        assert_eq!(page.corrected_query, "", "{text}");
    }
    assert_eq!(
        shop.search(query("handbok")).await.corrected_query,
        "handbook"
    );
    let mut conn = database.get().await.unwrap();
    let terms = sql_query("SELECT FROM category_terms WHERE term = 'w:node'");
    assert_eq!(terms.execute(&mut conn).await.unwrap(), 1);
}
