//! Starts a private PostgreSQL. It refuses to run as root: then it runs in a user namespace, or as another user.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Signal, geteuid};

use super::find::Postgres;
use super::recovery::Backups;
use super::{Access, Data, Requirements, certificate};
use crate::process::Process;
use crate::project::{make_folder, write_private};

/// Enough for the pools of parallel tests.
const CONNECTIONS: u16 = 400;

/// Creates the data folder if it is missing and starts the server. It may not respond yet.
pub(super) fn start(
    binaries: &Postgres,
    requirements: Requirements<'_>,
    access: &Access,
) -> Result<Process> {
    let data = requirements.home.join("postgres");
    let user = RunAs::choose(requirements.home)?;
    user.allow_traversal(requirements.home)?;
    if !data.join("PG_VERSION").exists() {
        create(binaries, &data, &user, requirements, access)?;
    }
    check_version(binaries, &data)?;
    if requirements.data == Data::Archived {
        Backups::of(requirements.home).prepare(&user)?;
    }
    fs::write(
        data.join("mercantile.conf"),
        configuration(requirements, access),
    )?;
    user.change_owner(&data.join("mercantile.conf"))?;
    if certificate::is_used(requirements.data) {
        certificate::write(&data)?;
        user.change_owner(&data.join(certificate::CERTIFICATE))?;
        user.change_owner(&data.join(certificate::PRIVATE_KEY))?;
    }
    let log = File::create(requirements.home.join("log/postgres.log"))?;
    let mut command = user.command(&binaries.server());
    command
        .arg("-D")
        .arg(&data)
        .current_dir("/")
        .stdout(log.try_clone()?)
        .stderr(log);
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for the clients.
    Ok(Process::spawn("postgres", &mut command, requirements.home)?.stopped_by(Signal::INT))
}

fn create(
    binaries: &Postgres,
    data: &Path,
    user: &RunAs,
    requirements: Requirements<'_>,
    access: &Access,
) -> Result<()> {
    let _was_incomplete = fs::remove_dir_all(data);
    make_folder(data)?;
    user.change_owner(data)?;
    let password = data.with_extension("password");
    write_private(&password, &access.postgres_password)?;
    user.change_owner(&password)?;
    let output = user
        .command(&binaries.initdb())
        .args([
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ])
        .arg(format!("--auth={}", authentication(requirements.data)))
        .arg(format!("--pwfile={}", password.display()))
        .arg(data)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .context("cannot run initdb")?;
    fs::remove_file(&password)?;
    if !output.status.success() {
        let _was_incomplete = fs::remove_dir_all(data);
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let settings = data.join("postgresql.conf");
    let text = fs::read_to_string(&settings)? + "\ninclude 'mercantile.conf'\n";
    fs::write(&settings, text)?;
    Ok(())
}

/// The authentication method.
fn authentication(data: Data) -> &'static str {
    match data {
        Data::Persistent => "scram-sha-256",
        // Tests open thousands of connections, and SCRAM in a debug build costs about 50 ms of CPU time for each.
        Data::Temporary | Data::CrashSafe | Data::Archived => "password",
    }
}

fn check_version(binaries: &Postgres, data: &Path) -> Result<()> {
    let created_by = fs::read_to_string(data.join("PG_VERSION"))?;
    let output = Command::new(binaries.server()).arg("--version").output()?;
    let installed = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        installed
            .split_whitespace()
            .any(|word| word.split('.').next() == Some(created_by.trim())),
        "{} was created by PostgreSQL {}, but {} is installed; `cargo xtask down --purge` removes the data",
        data.display(),
        created_by.trim(),
        installed.trim()
    );
    Ok(())
}

fn configuration(requirements: Requirements<'_>, access: &Access) -> String {
    let durability = match requirements.data {
        Data::Persistent => "",
        Data::Temporary => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        // The kernel has committed data, and it survives the server.
        Data::CrashSafe | Data::Archived => "fsync = off\n",
    };
    let archive = match requirements.data {
        Data::Archived => Backups::of(requirements.home).settings(),
        Data::Persistent | Data::Temporary | Data::CrashSafe => String::new(),
    };
    let tls = match certificate::is_used(requirements.data) {
        true => format!(
            "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            certificate::CERTIFICATE,
            certificate::PRIVATE_KEY
        ),
        false => String::new(),
    };
    format!(
        "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\n\
         max_connections = {CONNECTIONS}\nshared_buffers = 128MB\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n{durability}{archive}{tls}",
        access.postgres_port
    )
}

/// The user that PostgreSQL runs as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The user of xtask.
    Caller,
    /// Root, but with this user id in a user namespace: root still owns the files.
    Namespace(u32),
    /// This user and group.
    Other { user: u32, group: u32 },
}

impl RunAs {
    pub(super) fn choose(home: &Path) -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Caller);
        }
        let users = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let (user, group) = unprivileged(&users)
            .context("PostgreSQL refuses to run as root, and there is no other user")?;
        let namespace = Self::Namespace(user);
        if namespace.works(Path::new("/")) {
            return Ok(namespace);
        }
        let other = Self::Other { user, group };
        ensure!(
            other.works(home),
            "PostgreSQL refuses to run as root, this machine has no user namespaces, and user {user} cannot enter {}; \
             move the checkout to a folder that every user may enter, or run xtask as another user",
            home.display()
        );
        Ok(other)
    }

    /// Whether a program can run as this user and enter the parent of `folder`.
    fn works(&self, folder: &Path) -> bool {
        // The folder itself is still private to root; only the path to it matters.
        let parent = folder.parent().unwrap_or(folder);
        let mut test = self.command(Path::new("test"));
        test.arg("-x")
            .arg(parent)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        test.status().is_ok_and(|status| status.success())
    }

    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Caller => Command::new(program),
            Self::Namespace(user) => {
                let mut command = Command::new("unshare");
                command
                    .arg("--user")
                    .arg(format!("--map-user={user}"))
                    .arg(program);
                command
            }
            Self::Other { user, group } => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={user}"))
                    .arg(format!("--regid={group}"))
                    .arg("--clear-groups");
                command.arg(program);
                command
            }
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Lets this user traverse a folder that is otherwise private.
    pub(super) fn allow_traversal(&self, folder: &Path) -> Result<()> {
        if let Self::Other { .. } = self {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
        }
        Ok(())
    }

    /// Makes this user the owner of a file or folder.
    pub(super) fn change_owner(&self, path: &Path) -> Result<()> {
        if let Self::Other { user, group } = self {
            chown(path, Some(*user), Some(*group))
                .with_context(|| format!("cannot chown {}", path.display()))?;
        }
        Ok(())
    }
}

/// User and group id of `postgres`, else of the first user in `/etc/passwd` that is not root.
fn unprivileged(users: &str) -> Option<(u32, u32)> {
    let entries = users.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _, user, group) = (
            fields.next()?,
            fields.next()?,
            fields.next()?,
            fields.next()?,
        );
        Some((name, user.parse().ok()?, group.parse().ok()?))
    });
    let others: Vec<(&str, u32, u32)> = entries.filter(|(_, user, _)| *user != 0).collect();
    let chosen = others
        .iter()
        .find(|(name, ..)| *name == "postgres")
        .or(others.first());
    chosen.map(|(_, user, group)| (*user, *group))
}

#[cfg(test)]
mod tests {
    use super::unprivileged;

    #[test]
    fn postgres_is_preferred_and_root_is_never_chosen() {
        let root = "root:x:0:0:root:/root:/bin/bash\n";
        let daemon = "daemon:x:1:1::/:/bin/sh\n";
        assert_eq!(unprivileged(root), None);
        assert_eq!(unprivileged(&format!("{root}{daemon}")), Some((1, 1)));
        assert_eq!(
            unprivileged(&format!("{root}{daemon}postgres:x:101:104::/:/bin/sh\n")),
            Some((101, 104))
        );
    }
}
