use std::collections::BTreeMap;

use anyhow::Result;

use super::{Databases, facts::look_into};

/// A cheap look while the shop is open and harmed.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Orders by status.
    pub orders: BTreeMap<String, i64>,
    /// What never may be, not even for a moment.
    pub violations: Vec<String>,
}

/// Looks at what must hold at any moment.
///
/// # Errors
/// When a database is away.
pub async fn sample(databases: &Databases) -> Result<Sample> {
    let mut sample = Sample::default();
    let order = look_into(&databases.order).await?;
    for row in order
        .query("SELECT status, count(*) FROM orders GROUP BY 1", &[])
        .await?
    {
        sample.orders.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let catalog = look_into(&databases.catalog).await?;
    let sql = "SELECT sku, on_hand, reserved FROM stock
               WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand";
    for row in catalog.query(sql, &[]).await? {
        let (sku, on_hand, reserved): (String, i32, i32) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        sample.violations.push(format!(
            "{sku}: on hand {on_hand}, reserved {reserved} for a while"
        ));
    }
    let payment = look_into(&databases.payment).await?;
    let sql = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries";
    let sum: i64 = payment.query_one(sql, &[]).await?.try_get(0)?;
    if sum != 0 {
        sample
            .violations
            .push(format!("the ledger summed to {sum} for a while"));
    }
    Ok(sample)
}
