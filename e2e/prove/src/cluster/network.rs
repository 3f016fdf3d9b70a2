//! One proxy per pair of caller and target, and settings that lead callers through them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use testkit::{Backend, Proxy};
use topology::Process;

use super::Ports;
use crate::plan::Plan;

/// The proxy from one caller to one target, which may have replicas.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) proxy: Proxy,
}

impl Link {
    pub(crate) fn name(&self) -> String {
        format!("{} to {}", self.from, self.to)
    }
}

pub(crate) struct Network {
    /// The replicas of each target, by its name.
    targets: BTreeMap<String, Vec<Arc<Backend>>>,
    /// Address in the plan and name of each target: `127.0.0.1:50053` is `order`.
    names: Vec<(String, String)>,
    links: Vec<Link>,
    ports: Ports,
}

impl Network {
    pub(super) fn new(
        plan: &Plan,
        targets: BTreeMap<String, Vec<Arc<Backend>>>,
        ports: Ports,
    ) -> Result<Self> {
        let mut names = Vec::new();
        for name in targets.keys() {
            let address = match name.as_str() {
                "postgres" => host_and_port(&plan.servers.postgres),
                "rabbitmq" => host_and_port(&plan.servers.amqp),
                "redis" => host_and_port(&plan.servers.redis),
                name => Process::named(name)
                    .and_then(|process| plan.setting(name, process.listen_key()).ok()),
            };
            let address = address.with_context(|| format!("the plan has no address of {name}"))?;
            names.push((address.to_owned(), name.clone()));
        }
        Ok(Self {
            targets,
            names,
            links: Vec::new(),
            ports,
        })
    }

    /// The address of the link from one to the other, which is opened at the first call.
    pub(super) async fn link(&mut self, from: &str, to: &str) -> Result<SocketAddr> {
        let found = self
            .links
            .iter()
            .find(|link| link.from == from && link.to == to);
        if let Some(link) = found {
            return Ok(link.proxy.address);
        }
        let backends = self
            .targets
            .get(to)
            .with_context(|| format!("no process or server is called {to}"))?
            .clone();
        let proxy = Proxy::listen(self.ports.next()?, backends).await?;
        let address = proxy.address;
        self.links.push(Link {
            from: from.to_owned(),
            to: to.to_owned(),
            proxy,
        });
        Ok(address)
    }

    /// Replaces every address in a setting of `from` by that of a link.
    pub(super) async fn replace_addresses(&mut self, from: &str, setting: &str) -> Result<String> {
        let mut setting = setting.to_owned();
        for (address, to) in self.names.clone() {
            if mentions(&setting, &address) {
                let link = self.link(from, &to).await?;
                setting = setting.replace(&address, &link.to_string());
            }
        }
        Ok(setting)
    }

    pub(super) fn backend(&self, name: &str, address: SocketAddr) -> Result<Arc<Backend>> {
        let backends = self.targets.get(name).into_iter().flatten();
        let address = address.to_string();
        let mut of_address = backends.filter(|backend| backend.address == address);
        of_address
            .next()
            .cloned()
            .with_context(|| format!("{name} has no replica at {address}"))
    }

    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// Ends all network faults.
    pub(crate) fn restore(&self) {
        for link in &self.links {
            link.proxy.restore();
        }
    }
}

/// Whether `setting` has the address, and not a longer one that begins with it.
fn mentions(setting: &str, address: &str) -> bool {
    setting.split(address).skip(1).any(|rest| {
        !rest
            .chars()
            .next()
            .is_some_and(|next| next.is_ascii_digit())
    })
}

/// `host:port` of a URL.
pub(super) fn host_and_port(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(
        authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_address_does_not_match() {
        assert!(mentions("http://127.0.0.1:80/webhooks", "127.0.0.1:80"));
        assert!(mentions("http://127.0.0.1:80", "127.0.0.1:80"));
        assert!(!mentions("http://127.0.0.1:8080", "127.0.0.1:80"));
    }

    #[test]
    fn host_and_port_omits_credentials_and_path() {
        assert_eq!(host_and_port("redis://:pass@h:1"), Some("h:1"));
        assert_eq!(host_and_port("postgres://a:b@h:2/order"), Some("h:2"));
    }
}
