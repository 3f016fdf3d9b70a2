//! What the four databases say: about each other's doors, and about the orders of the check.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::stack::Stack;
use crate::interrupt;
use crate::process::wait_until;

const DATABASES: [&str; 4] = ["user", "catalog", "order", "payment"];
/// How long messages may be on their way after the last purchase.
const QUIET: Duration = Duration::from_secs(60);

/// No role gets into another's database, or into PostgreSQL's own.
pub(super) fn closed_to_each_other(stack: &Stack) -> Result<()> {
    let secrets = stack.root().join("deploy/docker/secrets");
    for role in DATABASES {
        let url = fs::read_to_string(secrets.join(format!("{role}_database_url")))?;
        let (server, _) = url
            .trim()
            .rsplit_once('/')
            .context("an address without a database")?;
        for database in DATABASES.into_iter().chain(["postgres", "template1"]) {
            let address = format!("{server}/{database}");
            let asked = stack.inside("postgres", &["psql", &address, "-Atc", "SELECT 1"]);
            match asked {
                Ok(_) => ensure!(role == database, "{role} can connect to {database}"),
                Err(error) => {
                    let refused = format!("permission denied for database \"{database}\"");
                    ensure!(
                        role != database && format!("{error:#}").contains(&refused),
                        "{role} asked for {database}: {error:#}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// Nothing that was bought is lost, and the services tell the same story.
pub(super) fn agree(stack: &Stack, bought: u32) -> Result<()> {
    let quiet = || {
        let open = count(stack, "order", "orders WHERE status = 'pending'");
        open.is_ok_and(|open| open == 0)
            && ["catalog", "order", "payment"]
                .iter()
                .all(|database| count(stack, database, "outbox").is_ok_and(|rows| rows == 0))
    };
    wait_until("the end of all messages", QUIET, interrupt::check, quiet)?;
    let confirmed = count(stack, "order", "orders WHERE status = 'confirmed'")?;
    let sold = count(stack, "catalog", "reservations WHERE state = 'committed'")?;
    let paid = count(stack, "payment", "payments WHERE status = 'authorized'")?;
    let held = count(stack, "catalog", "reservations WHERE state = 'held'")?;
    ensure!(
        confirmed >= bought && sold == confirmed && paid == confirmed && held == 0,
        "{bought} were bought; {confirmed} orders are confirmed, {sold} reservations sold and {held} held, \
         {paid} payments authorized"
    );
    Ok(())
}

fn count(stack: &Stack, database: &str, rows: &str) -> Result<u32> {
    let query = format!("SELECT count(*) FROM {rows}");
    let psql = ["psql", "-U", "postgres", "-d", database, "-Atc", &query];
    let answer = stack.inside("postgres", &psql)?;
    answer
        .trim()
        .parse()
        .with_context(|| format!("{query}: {answer}"))
}
