//! Orders, stock and payments agree about every purchase of the check.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xtask::{interrupt, wait_until};

use crate::stack::Stack;

/// How long messages may be in flight after the last purchase.
const QUIESCENCE: Duration = Duration::from_secs(60);

/// Waits until no order is pending and no outbox has a row, then compares the counts of the three databases.
pub(crate) fn check(stack: &Stack, purchases: u32) -> Result<()> {
    let is_quiescent = || {
        let pending = count(stack, "order", "orders WHERE status = 'pending'");
        pending.is_ok_and(|pending| pending == 0)
            && ["catalog", "order", "payment"]
                .iter()
                .all(|database| count(stack, database, "outbox").is_ok_and(|rows| rows == 0))
    };
    wait_until(
        "the end of all messages",
        QUIESCENCE,
        interrupt::check,
        is_quiescent,
    )?;
    let confirmed = count(stack, "order", "orders WHERE status = 'confirmed'")?;
    let committed = count(stack, "catalog", "reservations WHERE state = 'committed'")?;
    let authorized = count(stack, "payment", "payments WHERE status = 'authorized'")?;
    let held = count(stack, "catalog", "reservations WHERE state = 'held'")?;
    ensure!(
        confirmed >= purchases && committed == confirmed && authorized == confirmed && held == 0,
        "{purchases} purchases succeeded; {confirmed} orders are confirmed, {committed} reservations are committed \
         and {held} held, {authorized} payments are authorized"
    );
    Ok(())
}

fn count(stack: &Stack, database: &str, rows: &str) -> Result<u32> {
    let query = format!("SELECT count(*) FROM {rows}");
    let psql = ["psql", "-U", "postgres", "-d", database, "-Atc", &query];
    let answer = stack.exec("postgres", &psql)?;
    answer
        .trim()
        .parse()
        .with_context(|| format!("{query}: {answer}"))
}
