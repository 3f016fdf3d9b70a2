//! Creates a database for each service, its owner and the service's role. Neither role can connect to another database.

use std::fmt::Write;

use anyhow::Result;

use super::processes::Processes;
use crate::servers::Sql;

/// The script of the containers.
const CREATE: &str = include_str!("../../../deploy/docker/postgres/database.sql");

/// A service's database and its two roles. The database and the service's role have the service's name.
#[derive(Clone)]
pub(crate) struct DatabasePlan {
    pub(super) service: &'static str,
    pub(super) password: String,
    pub(super) owner_password: String,
}

impl DatabasePlan {
    /// The role that owns the database and runs its migrations.
    pub(super) fn owner(&self) -> String {
        format!("{}_owner", self.service)
    }

    /// The service's URL.
    pub(super) fn url(&self, superuser: &str) -> String {
        self.url_of(self.service, &self.password, superuser)
    }

    /// The owner's URL.
    pub(super) fn owner_url(&self, superuser: &str) -> String {
        self.url_of(&self.owner(), &self.owner_password, superuser)
    }

    /// The superuser's URL with another role and this database.
    fn url_of(&self, role: &str, password: &str, superuser: &str) -> String {
        let server = superuser
            .rsplit_once('@')
            .map_or(superuser, |(_, server)| server);
        let server = server.split('/').next().unwrap_or(server);
        format!("postgres://{role}:{password}@{server}/{}", self.service)
    }
}

/// Creates missing databases and roles, and sets the passwords of this run.
pub(crate) fn create(sql: &Sql, processes: &Processes) -> Result<()> {
    let existing = sql.run("postgres", "SELECT rolname FROM pg_roles")?;
    let mut script = String::from("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;\n");
    for database in &processes.databases {
        let (service, owner) = (database.service, database.owner());
        let (password, owner_password) = (&database.password, &database.owner_password);
        if existing.lines().any(|line| line == owner) {
            writeln!(script, "ALTER ROLE \"{service}\" PASSWORD '{password}';")?;
            writeln!(
                script,
                "ALTER ROLE \"{owner}\" PASSWORD '{owner_password}';"
            )?;
            continue;
        }
        let variables = [
            ("service", service),
            ("owner", &owner),
            ("password", password),
            ("owner_password", owner_password),
        ];
        for (name, value) in variables {
            writeln!(script, "\\set {name} '{value}'")?;
        }
        script.push_str(CREATE);
        script.push_str("\\connect postgres\n");
    }
    sql.run("postgres", &script).map(drop)
}
