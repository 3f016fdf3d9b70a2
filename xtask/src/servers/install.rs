//! Installs Debian's packages of missing servers without starting their daemons.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use rustix::process::geteuid;

use super::find::{Binaries, Missing, Places};
use crate::terminal::status;

/// Packages start their daemons at installation and at every boot, on the standard ports. `policy-rc.d` prevents the
/// start at installation, `disable` the start at boot, and `createcluster.d` an unused PostgreSQL cluster. The two files
/// are removed afterwards.
const SCRIPT: &str = r#"
set -eu
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/mercantile.conf
clean() { [ -z "${ours:-}" ] || rm -f "$policy"; rm -f "$cluster"; }
trap clean EXIT
trap 'exit 130' INT TERM HUP
if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
mkdir -p "${cluster%/*}"
echo 'create_main_cluster = false' > "$cluster"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install --yes --quiet=2 --no-install-recommends -o Dpkg::Use-Pty=0 "$@" > /dev/null; }
if ! install "$@" 2> /dev/null; then
    apt-get update --quiet=2
    install "$@"
fi
if [ -d /run/systemd/system ]; then
    for unit in rabbitmq-server redis-server epmd.socket; do systemctl disable --quiet "$unit" 2> /dev/null || true; done
fi
"#;

/// The binaries of this machine. Installs missing ones if this is Debian and the user may.
pub(super) fn find_or_install() -> Result<Binaries> {
    let places = Places::of_this_machine();
    let missing = match places.binaries() {
        Ok(binaries) => return Ok(binaries),
        Err(missing) => missing,
    };
    let packages: Vec<&str> = missing.iter().map(|server| package(*server)).collect();
    install_packages(&packages)
        .map_err(|obstacle| anyhow!("{}\n({obstacle:#})", advice(&missing)))?;
    places
        .binaries()
        .map_err(|missing| anyhow!(advice(&missing)))
}

/// Installs Debian packages.
///
/// # Errors
/// This is not Debian, or the user may not install packages.
pub(crate) fn install_packages(packages: &[&str]) -> Result<()> {
    let mut shell =
        privileged_shell().context("not on Debian, or neither root nor sudo without a password")?;
    status(
        "Installing",
        format!(
            "{} (Debian packages; takes a minute or two)",
            packages.join(", ")
        ),
    );
    // `sh -c SCRIPT install-packages PACKAGE...`: the name is $0.
    let shell = shell
        .args(["-c", SCRIPT, "install-packages"])
        .args(packages)
        .stdin(Stdio::null());
    let installed = shell.status().context("cannot run apt-get")?;
    ensure!(
        installed.success(),
        "apt-get could not install {}",
        packages.join(", ")
    );
    Ok(())
}

/// A shell that may install packages: on Debian, as root or with sudo without a password.
fn privileged_shell() -> Option<Command> {
    if !Path::new("/etc/debian_version").exists()
        || !succeeds(Command::new("apt-get").arg("--version"))
    {
        return None;
    }
    if geteuid().is_root() {
        return Some(Command::new("sh"));
    }
    if succeeds(Command::new("sudo").args(["--non-interactive", "true"])) {
        let mut shell = Command::new("sudo");
        shell.args(["--non-interactive", "sh"]);
        return Some(shell);
    }
    None
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
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
         \x20 - macOS: brew install {}\n\
         \x20 - other systems: install them so that they are on the PATH; they need not run",
        names.join("; "),
        packages.join(" "),
        brew.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_only_missing_servers() {
        let text = advice(&[Missing::Redis]);
        assert!(text.contains("apt-get install redis-server\n"));
        assert!(text.contains("brew install redis\n"));
        assert!(!text.contains("postgres") && !text.contains("rabbitmq"));
    }
}
