//! Installs Debian's packages of missing servers, if a person agrees, without starting their daemons.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::consent::{self, Decision, Rights, Situation};
use super::find::{Binaries, Missing, Places};
use crate::terminal::{line, status};

const SCRIPT: &str = include_str!("install.sh");

/// The binaries of this machine.
///
/// # Errors
/// Some are missing.
pub(super) fn find() -> Result<Binaries> {
    let binaries = Places::of_this_machine().binaries();
    binaries.map_err(|missing| anyhow!(advice(&missing)))
}

/// Installs missing servers if the person agrees.
///
/// # Errors
/// Some are missing and were not installed. The error says what to do.
pub(super) fn provide() -> Result<()> {
    let Err(missing) = Places::of_this_machine().binaries() else {
        return Ok(());
    };
    let packages: Vec<&str> = missing.iter().map(|server| package(*server)).collect();
    install_packages(&packages)
        .map_err(|obstacle| anyhow!("{}\n({obstacle:#})", advice(&missing)))?;
    find().map(drop)
}

/// Installs Debian packages if the person agrees.
///
/// # Errors
/// They were not installed. The error says why.
pub(crate) fn install_packages(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let rights = match Situation::of_this_process().decide() {
        Decision::Install(rights) => rights,
        Decision::Ask(rights) => {
            line(format!("Missing on this machine: {names}."));
            line(
                "xtask can install these Debian packages for all users, with apt-get as root. It starts none of their",
            );
            line(
                "daemons, now or at boot, and leaves what is installed already as it is: no upgrade, no removal.",
            );
            ensure!(consent::ask("Install them?")?, "not installed: no consent");
            rights
        }
        Decision::Explain(reason) => bail!(reason),
    };
    let mut shell = shell(rights);
    status(
        "Installing",
        format!("{names} (Debian packages; takes a minute or two)"),
    );
    // `sh -c SCRIPT install-packages PACKAGE...`: the name is $0.
    shell
        .args(["-c", &script(""), "install-packages"])
        .args(packages);
    if rights != Rights::Sudo {
        shell.stdin(Stdio::null());
    }
    let installed = shell.status().context("cannot run apt-get")?;
    ensure!(installed.success(), "apt-get could not install {names}");
    Ok(())
}

fn script(root: &str) -> String {
    SCRIPT.replace("{root}", root)
}

/// A shell with the rights.
fn shell(rights: Rights) -> Command {
    let (program, arguments): (&str, &[&str]) = match rights {
        Rights::Root => ("sh", &[]),
        Rights::Sudo => ("sudo", &["sh"]),
        Rights::SilentSudo => ("sudo", &["--non-interactive", "sh"]),
    };
    let mut shell = Command::new(program);
    shell.args(arguments);
    shell
}

fn package(server: Missing) -> &'static str {
    match server {
        Missing::Postgres => "postgresql",
        Missing::RabbitMq => "rabbitmq-server",
        Missing::Redis => "redis-server",
    }
}

/// How to install missing servers.
fn advice(missing: &[Missing]) -> String {
    let names: Vec<&str> = missing
        .iter()
        .map(|server| match server {
            Missing::Postgres => "PostgreSQL 15 or newer (postgres, initdb, psql)",
            Missing::RabbitMq => "RabbitMQ 3.10 or newer (rabbitmq-server, and Erlang's epmd)",
            Missing::Redis => "Redis 6 or newer, or Valkey (redis-server, valkey-server)",
        })
        .collect();
    let packages: Vec<&str> = missing.iter().map(|server| package(*server)).collect();
    let brew: Vec<&str> = missing
        .iter()
        .map(|server| match server {
            Missing::Postgres => "postgresql@17",
            Missing::RabbitMq => "rabbitmq",
            Missing::Redis => "redis",
        })
        .collect();
    format!(
        "missing on this machine: {}\n\
         Do one of these:\n\
         \x20 - start a Docker engine that this user may use\n\
         \x20 - Debian or Ubuntu: sudo apt-get install {}\n\
         \x20   (this starts their daemons at every boot; the same command with --install does not)\n\
         \x20 - macOS: brew install {}\n\
         \x20 - other systems: install them so that they are on the PATH; they need not run",
        names.join("; "),
        packages.join(" "),
        brew.join(" ")
    )
}

#[cfg(test)]
mod tests;
