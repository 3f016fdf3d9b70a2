//! Backs PostgreSQL up while it runs, and restores it to a moment: base backup and archived WAL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::postgres::RunAs;
use super::{Origin, Requirements, Servers, postgres};
use crate::interrupt;
use crate::process::{stop_all, wait_until};
use crate::project::make_folder;

/// How long PostgreSQL may replay WAL until it accepts writes.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a killed server may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// The folders of a run with archived WAL.
pub(crate) struct Backups {
    folder: PathBuf,
}

impl Backups {
    pub(super) fn of(home: &Path) -> Self {
        Self {
            folder: home.join("recovery"),
        }
    }

    /// The folder of all of them.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn archive(&self) -> PathBuf {
        self.folder.join("archive")
    }

    fn base(&self) -> PathBuf {
        self.folder.join("base")
    }

    fn dump(&self) -> PathBuf {
        self.folder.join("alone.dump")
    }

    /// Creates the folder of the archive. The server's user may write into it.
    pub(super) fn prepare(&self, user: &RunAs) -> Result<()> {
        for folder in [self.folder.clone(), self.archive()] {
            if !folder.exists() {
                make_folder(&folder)?;
                user.change_owner(&folder)?;
            }
        }
        user.allow_traversal(&self.folder)
    }

    /// PostgreSQL's settings. A segment is archived when it is full, or after 5 s with writes.
    pub(super) fn settings(&self) -> String {
        let archive = self.archive();
        let archive = archive.display();
        format!(
            "wal_level = replica\narchive_mode = on\narchive_timeout = 5\n\
             archive_command = 'test ! -f \"{archive}/%f\" && cp \"%p\" \"{archive}/%f.part\" && mv \"{archive}/%f.part\" \"{archive}/%f\"'\n"
        )
    }
}

impl Servers {
    /// The folders of the base backup and of the archive.
    pub(crate) fn backups(&self) -> Backups {
        Backups::of(&self.home)
    }

    /// Takes a base backup without WAL, which comes from the archive; and a dump of the database `alone`.
    pub(crate) fn back_up(&self, alone: Option<&str>) -> Result<()> {
        let user = RunAs::choose(&self.home)?;
        let backups = self.backups();
        make_folder(&backups.base())?;
        user.change_owner(&backups.base())?;
        let mut command = self.client(&user, "pg_basebackup")?;
        command
            .args(["--checkpoint=fast", "--wal-method=none", "--no-sync"])
            .arg("--pgdata")
            .arg(backups.base());
        run(&mut command)?;
        if let Some(database) = alone {
            let mut command = self.client(&user, "pg_dump")?;
            command.args(["--format=custom", "--dbname", database]);
            let dump = fs::File::create(backups.dump())?;
            run(command.stdout(dump))?;
        }
        Ok(())
    }

    /// Replaces the data of the server, which was killed, by the base backup, and replays the archived WAL until
    /// `moment`. Then the database `alone` is replaced by its dump, so that it is older than the others.
    pub(crate) fn restore(&mut self, moment: &str, alone: Option<&str>) -> Result<()> {
        let binaries = self.binaries.clone().context("PostgreSQL is in Docker")?;
        let home = self.home.clone();
        let requirements = Requirements {
            home: &home,
            origin: Origin::System,
            data: self.data,
        };
        let processes = &mut self.running.processes;
        let server = processes
            .iter()
            .position(|process| process.identity.name == "postgres")
            .context("PostgreSQL is not a process of this run")?;
        let mut server = processes.remove(server);
        wait_until(
            "the end of PostgreSQL",
            END_TIMEOUT,
            interrupt::check,
            || server.exited().is_some(),
        )?;
        stop_all(vec![server], Duration::ZERO);

        let (user, backups) = (RunAs::choose(&self.home)?, self.backups());
        let data = self.home.join("postgres");
        fs::remove_dir_all(&data).context("cannot remove the data folder")?;
        fs::rename(backups.base(), &data).context("there is no base backup")?;
        let archive = backups.archive();
        let settings = data.join("postgresql.auto.conf");
        let text = fs::read_to_string(&settings)?
            + &format!(
                "restore_command = 'cp \"{}/%f\" \"%p\"'\nrecovery_target_time = '{moment}'\n\
                 recovery_target_action = 'promote'\n",
                archive.display()
            );
        fs::write(&settings, text)?;
        let signal = data.join("recovery.signal");
        fs::write(&signal, "")?;
        user.change_owner(&signal)?;

        let server = postgres::start(&binaries.postgres, requirements, &self.access)?;
        self.running.processes.push(server);
        let sql = self.sql.clone();
        wait_until(
            "PostgreSQL, which replays WAL,",
            REPLAY_TIMEOUT,
            || interrupt::check().and_then(|()| self.check_running()),
            || {
                let answer = sql.run("postgres", "SELECT pg_is_in_recovery()");
                answer.is_ok_and(|answer| answer.trim() == "f")
            },
        )?;
        if alone.is_some() {
            let mut command = self.client(&user, "pg_restore")?;
            command.args(["--clean", "--create", "--exit-on-error"]);
            command.args(["--dbname", "postgres"]);
            let dump = fs::File::open(backups.dump())?;
            run(command.stdin(dump))?;
        }
        Ok(())
    }

    /// A client program of PostgreSQL, as superuser.
    fn client(&self, user: &RunAs, name: &str) -> Result<Command> {
        let binaries = self.binaries.as_ref().context("PostgreSQL is in Docker")?;
        let program = binaries.postgres.program(name);
        ensure!(program.exists(), "{} is missing", program.display());
        let mut command = user.command(&program);
        command
            .args(["--host=127.0.0.1", "--username=postgres", "--no-password"])
            .arg(format!("--port={}", self.access.postgres_port))
            .env("PGPASSWORD", &self.access.postgres_password)
            .current_dir("/")
            .stdin(Stdio::null());
        Ok(command)
    }
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let child = command.stderr(Stdio::piped()).spawn();
    let child = child.with_context(|| format!("cannot run {name}"))?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let arguments: Vec<_> = command.get_args().map(|text| text.display()).collect();
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{name} {arguments:?}: {}", error.trim());
    }
    Ok(())
}
