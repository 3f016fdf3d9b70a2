//! Creates a database and a role for each service. No role can connect to another service's database.

use std::fmt::Write;

use anyhow::Result;

use super::processes::Processes;
use crate::servers::Sql;

/// Creates missing databases and roles, and sets the passwords of this run.
pub(crate) fn create(sql: &Sql, processes: &Processes) -> Result<()> {
    let existing = sql.run("postgres", "SELECT datname FROM pg_database")?;
    let mut script = String::from("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;\n");
    for (name, password) in &processes.databases {
        if !existing.lines().any(|line| line == *name) {
            writeln!(
                script,
                "CREATE ROLE \"{name}\" LOGIN;\nCREATE DATABASE \"{name}\" OWNER \"{name}\";"
            )?;
        }
        writeln!(script, "ALTER ROLE \"{name}\" PASSWORD '{password}';")?;
        writeln!(script, "REVOKE CONNECT ON DATABASE \"{name}\" FROM PUBLIC;")?;
    }
    sql.run("postgres", &script).map(drop)
}
