//! Finds the servers' binaries on the PATH and in the folders of packages.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The programs of one PostgreSQL version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Postgres {
    folder: PathBuf,
}

impl Postgres {
    pub(super) fn server(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// A client program, which may be missing.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// RabbitMQ's start script and Erlang's port mapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RabbitMq {
    pub(super) server: PathBuf,
    pub(super) epmd: PathBuf,
}

/// The binaries of all servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) postgres: Postgres,
    pub(super) rabbitmq: RabbitMq,
    pub(super) redis: PathBuf,
}

impl Binaries {
    pub(super) fn psql(&self) -> PathBuf {
        self.postgres.folder.join("psql")
    }
}

/// A server that is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Postgres,
    RabbitMq,
    Redis,
}

/// The folders to search.
pub(super) struct Places {
    path: Vec<PathBuf>,
    /// `/`; tests use another folder.
    root: PathBuf,
}

impl Places {
    /// The PATH and the standard folders of this machine.
    pub(super) fn of_this_machine() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self::new(&path, Path::new("/"))
    }

    fn new(path: &OsStr, root: &Path) -> Self {
        Self {
            path: std::env::split_paths(path).collect(),
            root: root.to_owned(),
        }
    }

    /// All binaries, or the list of what is missing.
    pub(super) fn binaries(&self) -> Result<Binaries, Vec<Missing>> {
        match (self.postgres(), self.rabbitmq(), self.redis()) {
            (Some(postgres), Some(rabbitmq), Some(redis)) => Ok(Binaries {
                postgres,
                rabbitmq,
                redis,
            }),
            (postgres, rabbitmq, redis) => Err([
                (postgres.is_none(), Missing::Postgres),
                (rabbitmq.is_none(), Missing::RabbitMq),
                (redis.is_none(), Missing::Redis),
            ]
            .into_iter()
            .filter_map(|(missing, server)| missing.then_some(server))
            .collect()),
        }
    }

    /// The newest complete version in the folders of packages, else the one on the PATH.
    fn postgres(&self) -> Option<Postgres> {
        let mut versions = Vec::new();
        for (parent, prefix) in [
            ("usr/lib/postgresql", ""),
            ("opt/homebrew/opt", "postgresql@"),
            ("usr/local/opt", "postgresql@"),
        ] {
            for entry in fs::read_dir(self.root.join(parent))
                .into_iter()
                .flatten()
                .flatten()
            {
                let name = entry.file_name().to_string_lossy().into_owned();
                if let Some(version) = name
                    .strip_prefix(prefix)
                    .and_then(|version| version.parse::<u32>().ok())
                {
                    versions.push((version, entry.path().join("bin")));
                }
            }
        }
        versions.sort();
        let packaged = versions.into_iter().rev().map(|(_, folder)| folder);
        // The PATH may have links to only some of the programs.
        let on_path = self
            .path
            .iter()
            .map(|folder| fs::canonicalize(folder.join("postgres")).ok());
        let on_path = on_path
            .flatten()
            .filter_map(|program| program.parent().map(Path::to_owned));
        packaged
            .chain(on_path)
            .map(|folder| Postgres { folder })
            .find(|postgres| {
                ["postgres", "initdb", "psql"]
                    .iter()
                    .all(|program| is_program(&postgres.folder.join(program)))
            })
    }

    /// Prefers the script in RabbitMQ's folder: Debian's wrapper on the PATH requires root and the user `rabbitmq`.
    fn rabbitmq(&self) -> Option<RabbitMq> {
        let packaged = self.root.join("usr/lib/rabbitmq/bin/rabbitmq-server");
        let server = Some(packaged)
            .filter(|program| is_program(program))
            .or_else(|| self.program("rabbitmq-server"))?;
        let epmd = self.program("epmd").or_else(|| {
            let erlang = fs::read_dir(self.root.join("usr/lib/erlang"))
                .ok()?
                .flatten();
            erlang
                .map(|entry| entry.path().join("bin/epmd"))
                .find(|program| is_program(program))
        })?;
        Some(RabbitMq { server, epmd })
    }

    fn redis(&self) -> Option<PathBuf> {
        self.program("redis-server")
            .or_else(|| self.program("valkey-server"))
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        let standard = [
            "usr/sbin",
            "usr/bin",
            "usr/local/sbin",
            "usr/local/bin",
            "opt/homebrew/sbin",
            "opt/homebrew/bin",
        ];
        let standard = standard.iter().map(|folder| self.root.join(folder));
        self.path
            .iter()
            .cloned()
            .chain(standard)
            .map(|folder| folder.join(name))
            .find(|program| is_program(program))
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
