//! PostgreSQL, RabbitMQ and Redis: kills and health checks. xtask restarts them.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use testkit::Backend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::network::host_and_port;
use crate::plan::Plan;

/// A server that takes longer does not respond.
const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Postgres,
    RabbitMq,
    Redis,
}

impl Server {
    pub(crate) const ALL: [Self; 3] = [Self::Postgres, Self::RabbitMq, Self::Redis];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::RabbitMq => "rabbitmq",
            Self::Redis => "redis",
        }
    }
}

/// The servers of this run.
#[derive(Clone, Debug)]
pub(crate) struct Servers {
    plan: crate::Servers,
    addresses: [SocketAddr; 3],
    state: PathBuf,
    http: reqwest::Client,
}

/// What xtask writes about the processes that it started.
#[derive(Deserialize)]
struct State {
    processes: Vec<Process>,
}

#[derive(Deserialize)]
struct Process {
    name: String,
    pid: i32,
}

impl Servers {
    pub(super) fn of(plan: &Plan) -> Result<Self> {
        let servers = &plan.servers;
        let address = |url: &str| -> Result<SocketAddr> {
            host_and_port(url)
                .and_then(|text| text.parse().ok())
                .context("the plan: the address of a server must be an IP address and a port")
        };
        Ok(Self {
            addresses: [
                address(&servers.postgres)?,
                address(&servers.amqp)?,
                address(&servers.redis)?,
            ],
            state: servers.state.clone(),
            plan: servers.clone(),
            http: reqwest::Client::new(),
        })
    }

    pub(super) fn backends(&self) -> BTreeMap<String, Vec<Arc<Backend>>> {
        let named = Server::ALL.iter().zip(self.addresses);
        named
            .map(|(server, address)| (server.name().to_owned(), vec![Backend::new(address)]))
            .collect()
    }

    /// The superuser's URL of each service's database.
    pub(super) fn databases(&self, plan: &Plan) -> Result<BTreeMap<String, String>> {
        let (server, _) = plan
            .servers
            .postgres
            .rsplit_once('/')
            .context("the plan: the URL of PostgreSQL names no database")?;
        let names = ["user", "catalog", "order", "payment"];
        let url = |name: &str| (name.to_owned(), format!("{server}/{name}"));
        Ok(names.map(url).into())
    }

    /// `kill -9` of the server and all its descendants.
    pub(crate) fn kill(&self, server: Server) -> Result<()> {
        let text = fs::read_to_string(&self.state)?;
        let State { processes } = serde_json::from_str(&text)?;
        let found = processes
            .iter()
            .rev()
            .find(|process| process.name == server.name());
        let leader = found
            .with_context(|| format!("the state file has no process {}", server.name()))?
            .pid;
        for pid in process_tree(leader) {
            if let Some(pid) = Pid::from_raw(pid) {
                let _already_dead = kill_process(pid, Signal::KILL);
            }
        }
        Ok(())
    }

    /// The names of the servers that do not respond.
    pub(crate) async fn unavailable(&self) -> Vec<&'static str> {
        let mut unavailable = Vec::new();
        for server in Server::ALL {
            if !self.responds(server).await {
                unavailable.push(server.name());
            }
        }
        unavailable
    }

    pub(crate) async fn responds(&self, server: Server) -> bool {
        let ping = async {
            match server {
                Server::Postgres => self.ping_postgres().await,
                Server::RabbitMq => self.ping_rabbitmq().await,
                Server::Redis => self.send_to_redis(b"PING\r\n", b"+PONG").await,
            }
        };
        matches!(timeout(TIMEOUT, ping).await, Ok(Ok(())))
    }

    async fn ping_postgres(&self) -> Result<()> {
        let (client, connection) =
            tokio_postgres::connect(&self.plan.postgres, tokio_postgres::NoTls).await?;
        let query = async { client.simple_query("SELECT 1").await };
        tokio::select! {
            answer = query => { answer?; }
            end = connection => end?,
        }
        Ok(())
    }

    async fn ping_rabbitmq(&self) -> Result<()> {
        let [_, amqp, _] = self.addresses;
        let mut stream = TcpStream::connect(amqp).await?;
        stream.write_all(b"AMQP\0\0\x09\x01").await?;
        stream.read_u8().await?;
        self.http
            .get(format!("{}/api/overview", self.plan.rabbitmq_api))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    pub(crate) async fn flush_redis(&self) -> Result<()> {
        let flush = self.send_to_redis(b"FLUSHALL\r\n", b"+OK");
        timeout(TIMEOUT, flush)
            .await
            .context("Redis does not answer FLUSHALL")?
    }

    async fn send_to_redis(&self, command: &[u8], wanted: &[u8]) -> Result<()> {
        let [_, _, redis] = self.addresses;
        let password = self
            .plan
            .redis
            .split_once("://:")
            .and_then(|(_, rest)| rest.split_once('@'))
            .map(|(password, _)| password)
            .context("the plan: the URL of Redis has no password")?;
        let mut stream = TcpStream::connect(redis).await?;
        let auth = format!("AUTH {password}\r\n");
        stream
            .write_all(&[auth.as_bytes(), command].concat())
            .await?;
        let mut answer = Vec::new();
        while answer.len() < 5 + wanted.len() {
            anyhow::ensure!(
                stream.read_buf(&mut answer).await? > 0,
                "Redis closed the connection"
            );
        }
        anyhow::ensure!(
            answer.get(5..).is_some_and(|rest| rest.starts_with(wanted)),
            "Redis answered {:?}",
            String::from_utf8_lossy(&answer)
        );
        Ok(())
    }
}

/// A process and its descendants, parents first: a parent that is killed first cannot restart a child.
fn process_tree(leader: i32) -> Vec<i32> {
    let parents: Vec<(i32, i32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // "pid (name) state parent": a name may contain anything, also parentheses.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut tree = vec![leader];
    let mut next = 0;
    while let Some(parent) = tree.get(next).copied() {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        tree.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    tree
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_tree_includes_children() {
        let mut parent = Command::new("sh")
            .args(["-c", "sleep 60 & wait"])
            .spawn()
            .unwrap();
        let leader = i32::try_from(parent.id()).unwrap();
        let mut found = process_tree(leader);
        while found.len() < 2 {
            found = process_tree(leader);
        }
        assert_eq!(found.first(), Some(&leader));
        for pid in found {
            let _already_dead = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
        parent.wait().unwrap();
    }
}
