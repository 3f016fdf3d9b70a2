//! Each role reaches its own database and no other, and no service can change its schema or what it has recorded.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::stack::Stack;

/// Databases that belong to no service; PostgreSQL creates them.
const BUILT_IN: [&str; 2] = ["postgres", "template1"];

/// What the role of a service may not do.
const FORBIDDEN: [&str; 5] = [
    "UPDATE operator_actions SET reason = ''",
    "DELETE FROM operator_actions",
    "TRUNCATE operator_actions",
    "DROP TRIGGER operator_actions_append_only ON operator_actions",
    "CREATE TABLE copies (id uuid)",
];

/// Connects as each role to each database.
pub(crate) fn check(stack: &Stack) -> Result<()> {
    for own in databases() {
        for role in [own.to_owned(), format!("{own}_owner")] {
            connects_only_to(stack, &role, own)?;
        }
        let server = server(stack, own)?;
        for statement in FORBIDDEN {
            let result = run(stack, &format!("{server}/{own}"), statement);
            let refused = result.err().map(|error| format!("{error:#}"));
            ensure!(
                refused.is_some_and(|text| ["permission denied", "must be owner"]
                    .iter()
                    .any(|why| text.contains(why))),
                "{own} may run: {statement}"
            );
        }
    }
    Ok(())
}

fn connects_only_to(stack: &Stack, role: &str, own: &str) -> Result<()> {
    let server = server(stack, role)?;
    for database in databases().chain(BUILT_IN) {
        match run(stack, &format!("{server}/{database}"), "SELECT 1") {
            Ok(_) => ensure!(own == database, "{role} can connect to {database}"),
            Err(error) => {
                let denied = format!("permission denied for database \"{database}\"");
                ensure!(
                    own != database && format!("{error:#}").contains(&denied),
                    "{role} connects to {database}: {error:#}"
                );
            }
        }
    }
    Ok(())
}

/// The URL in a role's secret, without the database.
fn server(stack: &Stack, role: &str) -> Result<String> {
    let secrets = stack.project.root().join("deploy/docker/secrets");
    let url = fs::read_to_string(secrets.join(format!("{role}_database_url")))?;
    let (server, _) = url
        .trim()
        .rsplit_once('/')
        .context("an address without a database")?;
    Ok(server.to_owned())
}

fn run(stack: &Stack, address: &str, sql: &str) -> Result<String> {
    stack.exec("postgres", &["psql", address, "-Atc", sql])
}

/// A service's role has the name of its database.
fn databases() -> impl Iterator<Item = &'static str> {
    let owners = topology::PROCESSES.iter();
    owners
        .filter(|process| process.has_database())
        .map(|process| process.name)
}
