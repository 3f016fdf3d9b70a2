//! What the role of a service may do in its database.

use e2e::Shop;
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn is_true(client: &Client, sql: &str) -> bool {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_adds_records_and_cannot_change_them() {
    let shop = Shop::open().await;
    for (service, url) in shop.database_urls() {
        let client = connect(url).await;
        let mut tables = vec!["operator_actions"];
        if service == "payment" {
            tables.extend(["ledger_transactions", "ledger_entries"]);
        }
        for table in tables {
            for (right, is_granted) in [
                ("SELECT", true),
                ("INSERT", true),
                ("UPDATE", false),
                ("DELETE", false),
                ("TRUNCATE", false),
                ("TRIGGER", false),
            ] {
                let sql = format!("SELECT has_table_privilege('{table}', '{right}')");
                let found = is_true(&client, &sql).await;
                assert_eq!(found, is_granted, "{service}: {right} on {table}");
            }
        }
        // An owner could grant itself every right again.
        let owns = "SELECT EXISTS (SELECT FROM pg_class WHERE relowner = current_user::regrole)";
        assert!(!is_true(&client, owns).await, "{service} owns a table");
        let creates = "SELECT has_schema_privilege('public', 'CREATE')";
        assert!(!is_true(&client, creates).await, "{service} creates tables");
    }
}
