//! The contents of the databases.

use tokio_postgres::{Client, NoTls};

use super::canaries::Record;
use crate::observed::ObservedShop;

/// Every row of every table.
pub(super) async fn records(shop: &ObservedShop) -> Vec<Record> {
    let mut records = Vec::new();
    for (service, url) in shop.proxies.database_urls() {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        for table in tables(&client).await {
            let rows = rows(&client, &table).await.into_iter();
            records.extend(rows.map(|row| Record::new(format!("{service}'s {table}"), row)));
        }
    }
    records
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
