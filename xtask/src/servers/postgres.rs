//! A private PostgreSQL. It refuses to run as root; root runs it inside a user namespace, or as another user.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Signal, geteuid};

use super::find::Postgres;
use super::{Access, Data, Wanted};
use crate::process::Process;
use crate::project::{make_folder, write_private};

/// Connections for tests that run at the same time, each with pools of its own.
const CONNECTIONS: u16 = 400;

/// Makes the data folder when it is missing and starts the server; it may not answer yet.
pub(super) fn start(binaries: &Postgres, wanted: Wanted<'_>, access: &Access) -> Result<Process> {
    let data = wanted.home.join("postgres");
    let user = Disguise::choose(wanted.home)?;
    user.open(wanted.home)?;
    if !data.join("PG_VERSION").exists() {
        create(binaries, &data, &user, wanted, access)?;
    }
    check_version(binaries, &data)?;
    fs::write(data.join("mercantile.conf"), configuration(wanted, access))?;
    user.give(&data.join("mercantile.conf"))?;
    let log = File::create(wanted.home.join("log/postgres.log"))?;
    let mut command = user.command(&binaries.server());
    command
        .arg("-D")
        .arg(&data)
        .current_dir("/")
        .stdout(log.try_clone()?)
        .stderr(log);
    // SIGINT is PostgreSQL's "fast shutdown"; SIGTERM would wait for its clients.
    Ok(Process::spawn("postgres", &mut command, wanted.home)?.stopped_by(Signal::INT))
}

fn create(
    binaries: &Postgres,
    data: &Path,
    user: &Disguise,
    wanted: Wanted<'_>,
    access: &Access,
) -> Result<()> {
    let _half_made = fs::remove_dir_all(data);
    make_folder(data)?;
    user.give(data)?;
    let password = data.with_extension("password");
    write_private(&password, &access.postgres_password)?;
    user.give(&password)?;
    let output = user
        .command(&binaries.initdb())
        .args([
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ])
        .arg(format!("--auth={}", authentication(wanted.data)))
        .arg(format!("--pwfile={}", password.display()))
        .arg(data)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .context("cannot run initdb")?;
    fs::remove_file(&password)?;
    if !output.status.success() {
        let _half_made = fs::remove_dir_all(data);
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

/// How clients prove that they know the password.
fn authentication(data: Data) -> &'static str {
    match data {
        Data::Kept => "scram-sha-256",
        // Tests open thousands of connections, and SCRAM costs each some 50 ms of processor time without optimization.
        Data::ThrownAway | Data::CrashSafe => "password",
    }
}

fn check_version(binaries: &Postgres, data: &Path) -> Result<()> {
    let made_by = fs::read_to_string(data.join("PG_VERSION"))?;
    let output = Command::new(binaries.server()).arg("--version").output()?;
    let ours = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        ours.split_whitespace()
            .any(|word| word.split('.').next() == Some(made_by.trim())),
        "{} was made by PostgreSQL {}, but here is {}; run `cargo xtask down --purge` to begin anew",
        data.display(),
        made_by.trim(),
        ours.trim()
    );
    Ok(())
}

fn configuration(wanted: Wanted<'_>, access: &Access) -> String {
    let durability = match wanted.data {
        Data::Kept => "",
        Data::ThrownAway => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        // What was committed is in the system's hands, which outlive the server.
        Data::CrashSafe => "fsync = off\n",
    };
    format!(
        "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\n\
         max_connections = {CONNECTIONS}\nshared_buffers = 128MB\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n{durability}",
        access.postgres_port
    )
}

/// As whom PostgreSQL runs.
#[derive(Debug, PartialEq, Eq)]
enum Disguise {
    /// As the user who called us.
    None,
    /// As root outside, as this user id inside a user namespace: files stay ours, wherever they are.
    Namespace(u32),
    /// As this user and group.
    Other { user: u32, group: u32 },
}

impl Disguise {
    fn choose(home: &Path) -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::None);
        }
        let users = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let (user, group) = unprivileged(&users)
            .context("PostgreSQL refuses to run as root, and there is no other")?;
        let namespace = Self::Namespace(user);
        if namespace.works(Path::new("/")) {
            return Ok(namespace);
        }
        let other = Self::Other { user, group };
        ensure!(
            other.works(home),
            "PostgreSQL refuses to run as root, this machine has no user namespaces, and user {user} cannot enter {}; \
             move the checkout to a folder that everyone may enter, or run as an ordinary user",
            home.display()
        );
        Ok(other)
    }

    /// Whether a program runs this way and can enter `folder`.
    fn works(&self, folder: &Path) -> bool {
        // The folder itself is private to root; what matters is the way to it.
        let way = folder.parent().unwrap_or(folder);
        let mut test = self.command(Path::new("test"));
        test.arg("-x")
            .arg(way)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        test.status().is_ok_and(|status| status.success())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::None => Command::new(program),
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

    /// Lets the user that PostgreSQL runs as walk through a folder that is private otherwise.
    fn open(&self, folder: &Path) -> Result<()> {
        if let Self::Other { .. } = self {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
        }
        Ok(())
    }

    /// Hands a file or folder to the user that PostgreSQL runs as.
    fn give(&self, path: &Path) -> Result<()> {
        if let Self::Other { user, group } = self {
            chown(path, Some(*user), Some(*group))
                .with_context(|| format!("cannot chown {}", path.display()))?;
        }
        Ok(())
    }
}

/// User and group id of `postgres`, else of the first ordinary name in `/etc/passwd`.
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
    fn postgres_is_chosen_before_others_and_root_never() {
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
