//! PostgreSQL, RabbitMQ and Redis for one run: found, started in a private folder on free loopback ports, stopped.
//!
//! The ways, in this order: a Docker engine that answers and has or can get the images; the system's own binaries;
//! on Debian, where we may, the system's binaries after installing the missing packages. Servers that already run on
//! this machine are never used.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::interrupt;
use crate::process::{Identity, Process, stop_all, stop_marked, wait_until};
use crate::project::make_folder;
use crate::secrets::Secrets;
use crate::terminal::{status, warning};

mod docker;
mod find;
mod install;
mod ports;
mod postgres;
mod probe;
mod rabbitmq;
mod redis;
mod revive;
mod sql;

use find::Binaries;

pub use docker::answers as docker_answers;
pub use docker::name as container_name;
pub(crate) use docker::remove as remove_containers;
pub(crate) use docker::remove_volumes;
pub(crate) use install::install_packages;
pub use ports::free_ports;
pub(crate) use ports::hold_port;
pub(crate) use probe::http_status;
pub(crate) use sql::Sql;

/// How long a server may take from its start to its first answer.
const START: Duration = Duration::from_secs(90);

/// Where the servers may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Docker when it can, else the system's binaries
    #[default]
    Auto,
    /// Only Docker
    Docker,
    /// Only the system's binaries
    System,
}

/// What the data must survive, and whether it is thrown away after the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// Power cuts.
    Kept,
    /// Nothing.
    ThrownAway,
    /// The `kill -9` of a server, on a machine that stays up; thrown away after the run.
    CrashSafe,
}

/// What a run wants from its servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) home: &'a Path,
    pub(crate) source: Source,
    pub(crate) data: Data,
}

/// The addresses of the three servers, with the credentials of this run.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    /// Superuser, database `postgres`.
    pub(crate) postgres: String,
    pub(crate) amqp: String,
    /// Management plugin: HTTP API and pages.
    pub(crate) rabbitmq_api: String,
    pub(crate) redis: String,
}

/// The servers of one run. Dropping them without [`Servers::stop`] stops them too.
pub(crate) struct Servers {
    pub(crate) addresses: Addresses,
    pub(crate) sql: Sql,
    running: Running,
    access: Access,
    binaries: Option<Binaries>,
    data: Data,
    home: PathBuf,
    revived: Instant,
}

#[derive(Default)]
struct Running {
    processes: Vec<Process>,
    in_docker: bool,
}

/// Ports and passwords of one run, decided before anything starts.
#[derive(Clone)]
struct Access {
    postgres_port: u16,
    amqp_port: u16,
    api_port: u16,
    redis_port: u16,
    postgres_password: String,
    rabbitmq_password: String,
    redis_password: String,
    /// Drawn for this run, so they open no data of an earlier one.
    are_new: bool,
}

impl Servers {
    /// Starts the three servers at the same time and waits until each answers.
    pub(crate) fn start(wanted: Wanted<'_>) -> Result<Self> {
        let begin = Instant::now();
        make_folder(wanted.home)?;
        make_folder(&wanted.home.join("log"))?;
        // Nothing of an earlier run is alive any more, so its lock would only be in the way.
        let _no_lock = std::fs::remove_file(wanted.home.join("postgres/postmaster.pid"));
        let mut secrets = Secrets::load(wanted.home)?;
        let [postgres_port, amqp_port, api_port, redis_port] = free_ports()?;
        let access = Access {
            are_new: secrets.are_new(),
            postgres_port,
            amqp_port,
            api_port,
            redis_port,
            postgres_password: secrets.get("postgres")?,
            rabbitmq_password: secrets.get("rabbitmq")?,
            redis_password: secrets.get("redis")?,
        };
        let servers = match Self::by_docker(wanted, &access)? {
            Some(servers) => servers,
            None => Self::by_system(wanted, &access)?,
        };
        status(
            "Started",
            format!("the servers in {:.1} s", begin.elapsed().as_secs_f32()),
        );
        Ok(servers)
    }

    fn by_docker(wanted: Wanted<'_>, access: &Access) -> Result<Option<Self>> {
        if wanted.source == Source::System {
            return Ok(None);
        }
        if let Err(obstacle) = docker::ready() {
            if wanted.source == Source::Docker {
                return Err(obstacle);
            }
            return Ok(None);
        }
        status("Starting", "PostgreSQL, RabbitMQ and Redis in Docker");
        let mut servers = Self::new(wanted, access);
        servers.running.in_docker = true;
        docker::start(wanted, access)?;
        servers.sql = Sql::in_container(&docker::name(wanted.home, "postgres"));
        servers.wait(access)?;
        Ok(Some(servers))
    }

    fn by_system(wanted: Wanted<'_>, access: &Access) -> Result<Self> {
        let binaries = install::found_or_installed()?;
        status("Starting", "PostgreSQL, RabbitMQ and Redis");
        let mut servers = Self::new(wanted, access);
        servers.sql = Sql::by_binary(
            &binaries.psql(),
            access.postgres_port,
            &access.postgres_password,
        );
        let (postgres, rabbitmq, redis) = thread::scope(|scope| {
            let postgres = scope.spawn(|| postgres::start(&binaries.postgres, wanted, access));
            let rabbitmq = scope.spawn(|| rabbitmq::start(&binaries.rabbitmq, wanted, access));
            let redis = redis::start(&binaries.redis, wanted, access);
            (join(postgres.join()), join(rabbitmq.join()), redis)
        });
        servers.binaries = Some(binaries);
        // Take what did start first, so that a failure of one stops the others.
        let mut failure = None;
        let started = [
            postgres.map(|process| vec![process]),
            rabbitmq,
            redis.map(|process| vec![process]),
        ];
        for outcome in started {
            match outcome {
                Ok(processes) => servers.running.processes.extend(processes),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match failure {
            Some(error) => Err(error),
            None => servers.wait(access).map(|()| servers),
        }
    }

    fn new(wanted: Wanted<'_>, access: &Access) -> Self {
        let Access {
            postgres_password,
            rabbitmq_password,
            redis_password,
            ..
        } = access;
        let addresses = Addresses {
            postgres: format!(
                "postgres://postgres:{postgres_password}@127.0.0.1:{}/postgres",
                access.postgres_port
            ),
            amqp: format!(
                "amqp://mercantile:{rabbitmq_password}@127.0.0.1:{}",
                access.amqp_port
            ),
            rabbitmq_api: format!(
                "http://mercantile:{rabbitmq_password}@127.0.0.1:{}",
                access.api_port
            ),
            redis: format!("redis://:{redis_password}@127.0.0.1:{}", access.redis_port),
        };
        Self {
            sql: Sql::by_binary(Path::new("psql"), access.postgres_port, postgres_password),
            addresses,
            running: Running::default(),
            access: access.clone(),
            binaries: None,
            data: wanted.data,
            home: wanted.home.to_owned(),
            revived: Instant::now(),
        }
    }

    fn wait(&mut self, access: &Access) -> Result<()> {
        let log = self.home.join("log");
        let sql = self.sql.clone();
        self.wait_for("PostgreSQL", || sql.answers())?;
        self.wait_for("Redis", || {
            probe::redis(access.redis_port, &access.redis_password)
        })?;
        self.wait_for("RabbitMQ", || {
            probe::rabbitmq(access.amqp_port, access.api_port, &access.rabbitmq_password)
        })
        .with_context(|| format!("the servers' own logs are in {}", log.display()))
    }

    fn wait_for(&mut self, what: &str, ready: impl FnMut() -> bool) -> Result<()> {
        let alive = || interrupt::check().and_then(|()| self.all_alive());
        wait_until(what, START, alive, ready)
    }

    /// An error that names the server that has ended, with the end of its log.
    pub(crate) fn all_alive(&mut self) -> Result<()> {
        for process in &mut self.running.processes {
            if let Some(end) = process.exited() {
                let name = &process.identity.name;
                let log = self.home.join("log").join(format!("{name}.log"));
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(20).collect();
                let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
                bail!(
                    "{name} ended ({end}); the end of {}:\n{tail}",
                    log.display()
                );
            }
        }
        Ok(())
    }

    /// What has to be stopped by `down` if this program is killed.
    pub(crate) fn identities(&self) -> Vec<Identity> {
        self.running
            .processes
            .iter()
            .map(|process| process.identity.clone())
            .collect()
    }

    /// Stops the servers. Kept data is written down first.
    pub(crate) fn stop(&mut self) {
        let patience = match self.data {
            Data::Kept => Duration::from_secs(20),
            Data::ThrownAway | Data::CrashSafe => Duration::ZERO,
        };
        stop_all(std::mem::take(&mut self.running.processes), patience);
        if std::mem::take(&mut self.running.in_docker) {
            if let Err(error) = remove_containers(&self.home, patience) {
                warning(format!("{error:#}"));
            }
            if self.data != Data::Kept {
                let _in_use = remove_volumes(&self.home);
            }
        }
        stop_marked(&self.home);
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop();
    }
}

fn join<T>(outcome: thread::Result<Result<T>>) -> Result<T> {
    outcome.unwrap_or_else(|_| Err(anyhow!("a thread of xtask died")))
}
