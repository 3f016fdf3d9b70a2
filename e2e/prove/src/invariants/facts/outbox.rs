use anyhow::Result;
use tokio_postgres::Client;

/// A message that was not published yet.
#[derive(Debug)]
pub(crate) struct Unpublished {
    pub(crate) service: &'static str,
    pub(crate) message: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) attempts: i64,
    pub(crate) last_error: String,
}

pub(super) async fn read(service: &'static str, client: &Client) -> Result<Vec<Unpublished>> {
    let sql = "SELECT message_id::text, type, subject, attempts::bigint, coalesce(last_error, '')
               FROM outbox ORDER BY id";
    let rows = client.query(sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Unpublished {
                service,
                message: row.try_get(0)?,
                kind: row.try_get(1)?,
                subject: row.try_get(2)?,
                attempts: row.try_get(3)?,
                last_error: row.try_get(4)?,
            })
        })
        .collect()
}
