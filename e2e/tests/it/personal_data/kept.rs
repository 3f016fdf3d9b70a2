//! What the databases keep, and where.

use tokio_postgres::{Client, NoTls};

use super::planted::*;
use crate::watched::Watched;

/// Who owns what: a table and what may be in it, of all that was planted.
const BELONGS: [(&str, &str, &[&str]); 7] = [
    ("user", "users", &[EMAIL, NAME]),
    (
        "user",
        "addresses",
        &[LABEL, RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE],
    ),
    // An order keeps where it went, also when the customer moves.
    (
        "order",
        "orders",
        &[RECIPIENT, STREET, FLOOR, CITY, POSTAL_CODE, METHOD],
    ),
    ("order", "idempotency_keys", &[KEY]),
    ("order", "refunds", &[KEY, REASON, RECIPIENT]),
    ("payment", "payments", &[METHOD]),
    ("payment", "operations", &[METHOD]),
];

/// Everything that is in a table in which it has no place: outboxes and inboxes among them.
pub(super) async fn where_it_does_not_belong(shop: &Watched, needles: &Needles) -> Vec<Finding> {
    let mut found = Vec::new();
    for (service, url) in shop.ways.database_urls() {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        for table in tables(&client).await {
            let place = format!("{service}'s table {table}");
            let mut belongs = BELONGS.iter();
            let allowed = belongs
                .find(|(of, name, _)| (*of, *name) == (service, table.as_str()))
                .map_or(&[][..], |(.., allowed)| *allowed);
            for row in rows(&client, &table).await {
                let misplaced = needles.find(&place, &row).into_iter();
                found.extend(misplaced.filter(|finding| {
                    let needle = &finding.needle;
                    !allowed
                        .iter()
                        .any(|allowed| allowed.to_lowercase() == *needle)
                }));
            }
        }
    }
    found
}

async fn tables(client: &Client) -> Vec<String> {
    let sql = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn rows(client: &Client, table: &str) -> Vec<String> {
    let sql = format!("SELECT t::text FROM {table} t");
    let rows = client.query(&sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
