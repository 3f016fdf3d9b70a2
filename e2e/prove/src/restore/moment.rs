use anyhow::Result;
use tokio_postgres::NoTls;

/// A moment by the clock of the database.
#[derive(Debug)]
pub(super) struct Moment {
    text: String,
    seconds: f64,
}

impl Moment {
    /// Now.
    pub(super) async fn now(server: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
        tokio::spawn(connection);
        let sql = "SELECT now()::text, extract(epoch FROM now())::float8";
        let row = client.query_one(sql, &[]).await?;
        Ok(Self {
            text: row.try_get(0)?,
            seconds: row.try_get(1)?,
        })
    }

    /// As `recovery_target_time` takes it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }
}
