//! Runs SQL as superuser with `psql`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The command line of a superuser's `psql`.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    command: Vec<String>,
    /// URL without the database's name.
    server: String,
    /// Passed in the environment, because every user of the machine can read arguments.
    password: String,
}

impl Sql {
    /// The system's `psql`, connected to a loopback port.
    pub(super) fn with_psql(psql: &Path, port: u16, password: &str) -> Self {
        Self {
            command: vec![psql.display().to_string()],
            server: format!("postgres://postgres@127.0.0.1:{port}"),
            password: password.to_owned(),
        }
    }

    /// `psql` in the container.
    pub(super) fn in_container(container: &str) -> Self {
        // The container's environment has the password.
        let psql = r#"PGPASSWORD="$POSTGRES_PASSWORD" exec psql "$@""#;
        let command = ["docker", "exec", "-i", container, "sh", "-c", psql, "psql"];
        // Over TCP: while the image initializes the database, its server listens only on the socket.
        let server = "postgres://postgres@127.0.0.1:5432".to_owned();
        Self {
            command: command.map(str::to_owned).to_vec(),
            server,
            password: String::new(),
        }
    }

    /// Whether the server responds to a query.
    pub(super) fn answers(&self) -> bool {
        self.run("postgres", "SELECT 1").is_ok()
    }

    /// Runs a script in a database. Returns the rows, one per line and unaligned. Stops at the first error.
    pub(crate) fn run(&self, database: &str, script: &str) -> Result<String> {
        let [program, arguments @ ..] = self.command.as_slice() else {
            anyhow::bail!("no psql")
        };
        let mut psql = Command::new(program)
            .args(arguments)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"])
            .arg(format!("{}/{database}", self.server))
            .env_remove("PGOPTIONS")
            .env("PGPASSWORD", &self.password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        if let Some(mut input) = psql.stdin.take() {
            input.write_all(script.as_bytes())?;
        }
        let output = psql.wait_with_output()?;
        ensure!(
            output.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}
