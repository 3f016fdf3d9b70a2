use std::collections::BTreeMap;

use anyhow::Result;

use super::{Databases, facts::connect_read_only};

/// A sample of the databases during the run.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Orders by status.
    pub orders: BTreeMap<String, i64>,
    /// Violations of what must hold at any moment.
    pub violations: Vec<String>,
}

/// Checks what must hold at any moment.
///
/// # Errors
/// A database cannot be read, which faults may cause.
pub async fn sample(databases: &Databases) -> Result<Sample> {
    let mut sample = Sample::default();
    let order = connect_read_only(&databases.order).await?;
    for row in order
        .query("SELECT status, count(*) FROM orders GROUP BY 1", &[])
        .await?
    {
        sample.orders.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let catalog = connect_read_only(&databases.catalog).await?;
    let sql = "SELECT sku, on_hand, reserved FROM stock
               WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand";
    for row in catalog.query(sql, &[]).await? {
        let (sku, on_hand, reserved): (String, i32, i32) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        sample.violations.push(format!(
            "{sku}: on hand {on_hand}, reserved {reserved} during the run"
        ));
    }
    let payment = connect_read_only(&databases.payment).await?;
    let sql = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries";
    let sum: i64 = payment.query_one(sql, &[]).await?.try_get(0)?;
    if sum != 0 {
        sample
            .violations
            .push(format!("the ledger summed to {sum} during the run"));
    }
    Ok(sample)
}
