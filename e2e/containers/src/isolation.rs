//! Each role reaches its own database and no other.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::stack::Stack;

/// Databases that belong to no service; PostgreSQL creates them.
const BUILT_IN: [&str; 2] = ["postgres", "template1"];

/// Connects as each service's role to each database.
pub(crate) fn check(stack: &Stack) -> Result<()> {
    let secrets = stack.project.root().join("deploy/docker/secrets");
    for role in databases() {
        let url = fs::read_to_string(secrets.join(format!("{role}_database_url")))?;
        let (server, _) = url
            .trim()
            .rsplit_once('/')
            .context("an address without a database")?;
        for database in databases().chain(BUILT_IN) {
            let address = format!("{server}/{database}");
            let result = stack.exec("postgres", &["psql", &address, "-Atc", "SELECT 1"]);
            match result {
                Ok(_) => ensure!(role == database, "{role} can connect to {database}"),
                Err(error) => {
                    let denied = format!("permission denied for database \"{database}\"");
                    ensure!(
                        role != database && format!("{error:#}").contains(&denied),
                        "{role} connects to {database}: {error:#}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// A role has the name of its database.
fn databases() -> impl Iterator<Item = &'static str> {
    let owners = topology::PROCESSES.iter();
    owners
        .filter(|process| process.has_database())
        .map(|process| process.name)
}
