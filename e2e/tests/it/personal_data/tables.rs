//! What the databases keep.

use tokio_postgres::{Client, NoTls};

use super::planted::Page;
use crate::watched::Watched;

/// Every row of every table: outboxes and inboxes among them.
pub(super) async fn pages(shop: &Watched) -> Vec<Page> {
    let mut pages = Vec::new();
    for (service, url) in shop.ways.database_urls() {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        for table in tables(&client).await {
            let rows = rows(&client, &table).await.into_iter();
            pages.extend(rows.map(|row| Page::new(format!("{service}'s {table}"), row)));
        }
    }
    pages
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
