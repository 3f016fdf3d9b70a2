//! `cargo xtask schema`: generates every service's `src/schema.rs` with diesel, from a database with all migrations.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::command::output;
use crate::project::Project;
use crate::servers::{Data, Origin, Requirements, Servers, Source, Sql, choose};
use crate::state::{State, remove_data, sweep};
use crate::terminal::{failure, status, warning};

mod diff;
mod printer;

/// Options of `cargo xtask schema`.
#[derive(Args)]
pub(crate) struct Options {
    /// Change nothing, and fail if a file differs from the migrations
    #[arg(long)]
    check: bool,

    /// Where PostgreSQL comes from
    #[arg(long, value_enum, default_value_t)]
    servers: Source,
}

impl Options {
    /// The options of CI.
    pub(crate) fn check() -> Self {
        Self {
            check: true,
            servers: Source::Auto,
        }
    }
}

/// Writes or checks the schemas, on private servers.
pub(crate) fn schema(project: &Project, options: &Options) -> Result<()> {
    let origin = choose(options.servers)?;
    let diesel = printer::find_or_build(project)?;
    sweep(&project.private())?;
    let home = project.home(&format!("test-schema-{}", std::process::id()))?;
    let mut state = State::begin()?;
    state.save(&home)?;
    let outcome = on_servers(project, options, origin, &home, &mut state, &diesel);
    if let Err(error) = remove_data(&home) {
        warning(format!("{error:#}"));
    }
    outcome
}

fn on_servers(
    project: &Project,
    options: &Options,
    origin: Origin,
    home: &Path,
    state: &mut State,
    diesel: &Path,
) -> Result<()> {
    let mut servers = Servers::start(Requirements {
        home,
        origin,
        data: Data::Temporary,
    })?;
    state.processes = servers.identities();
    state.save(home)?;

    let mut different = 0;
    for service in services(project)? {
        let name = service
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        create_database(&servers.sql, project, &name)?;
        let server = servers.addresses.postgres.trim_end_matches("/postgres");
        let url = format!("{server}/{name}");
        let printed = print(diesel, &service, &url)?;
        let file = service.join("src/schema.rs");
        let kept = fs::read_to_string(&file).unwrap_or_default();
        if kept == printed {
            status("Unchanged", format!("services/{name}/src/schema.rs"));
        } else if options.check {
            different += 1;
            failure(format!(
                "services/{name}/src/schema.rs differs from the migrations:\n{}",
                diff::diff(&kept, &printed)
            ));
        } else {
            fs::write(&file, printed)
                .with_context(|| format!("cannot write {}", file.display()))?;
            status("Wrote", format!("services/{name}/src/schema.rs"));
        }
    }
    servers.stop();
    ensure!(
        different == 0,
        "{different} schemas differ; run `cargo xtask schema` and commit the files"
    );
    Ok(())
}

/// The folders of the services that have a database: those with a `diesel.toml`.
fn services(project: &Project) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(project.root().join("services"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|folder| folder.join("diesel.toml").is_file())
        .collect();
    folders.sort();
    Ok(folders)
}

/// Creates a database and runs every migration of the service, in order.
fn create_database(sql: &Sql, project: &Project, name: &str) -> Result<()> {
    sql.run("postgres", &format!("CREATE DATABASE \"{name}\""))?;
    let folder = project.root().join("migrations").join(name);
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut migrations: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    migrations.sort();
    for migration in migrations.iter().filter(|migration| migration.is_dir()) {
        let file = migration.join("up.sql");
        let script =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        sql.run(name, &script)
            .with_context(|| format!("in {}", file.display()))?;
    }
    Ok(())
}

fn print(diesel: &Path, service: &Path, url: &str) -> Result<String> {
    let settings = service.join("diesel.toml");
    let printed = output(
        // `diesel.toml` also names the file, but print-schema only prints.
        Command::new(diesel)
            .arg("print-schema")
            .arg("--config-file")
            .arg(&settings)
            .env("DATABASE_URL", url)
            .current_dir(service),
    )?;
    format(&printed)
}

/// The code as `cargo fmt` formats it.
fn format(code: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt")?;
    if let Some(mut input) = rustfmt.stdin.take() {
        input.write_all(code.as_bytes())?;
    }
    let formatted = rustfmt.wait_with_output()?;
    if !formatted.status.success() {
        bail!("rustfmt cannot format the output of diesel");
    }
    Ok(String::from_utf8(formatted.stdout)?)
}
