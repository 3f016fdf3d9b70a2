//! Faults of the network, injected in the proxies of the cluster.

use std::time::Duration;

use testkit::Faults;

use super::{Nemesis, pick};
use crate::cluster::Link;

/// What happens to a link, or to all links to one target.
#[derive(Clone, Copy, Debug)]
enum NetworkFault {
    /// Delay and jitter.
    Latency,
    LowBandwidth,
    /// Open connections are closed; new ones work.
    Disconnect,
    /// Open connections are closed, and new ones are refused.
    Refuse,
    /// Nothing is delivered; at the end, open connections are closed.
    BlackHole,
}

impl NetworkFault {
    const fn faults(self) -> Faults {
        let mut faults = Faults {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            bandwidth: 0,
            refuses: false,
            stalls: false,
        };
        match self {
            Self::Latency => {
                faults.delay = Duration::from_millis(60);
                faults.jitter = Duration::from_millis(250);
            }
            Self::LowBandwidth => faults.bandwidth = 20_000,
            Self::Disconnect => {}
            Self::Refuse => faults.refuses = true,
            Self::BlackHole => faults.stalls = true,
        }
        faults
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::LowBandwidth => "low bandwidth",
            Self::Disconnect => "connections closed",
            Self::Refuse => "connections refused",
            Self::BlackHole => "black hole",
        }
    }
}

const SLOW: [NetworkFault; 2] = [NetworkFault::Latency, NetworkFault::LowBandwidth];
const PARTITION: [NetworkFault; 3] = [
    NetworkFault::Disconnect,
    NetworkFault::Refuse,
    NetworkFault::BlackHole,
];

/// A fault and the links that have it.
pub(super) struct AffectedLinks<'a> {
    fault: NetworkFault,
    links: Vec<&'a Link>,
    pub(super) name: String,
}

impl Nemesis {
    pub(super) fn slow_network(&self, draw: u64) -> AffectedLinks<'_> {
        self.affected_links(*pick(&SLOW, draw >> 32), draw)
    }

    pub(super) fn partition(&self, draw: u64) -> AffectedLinks<'_> {
        self.affected_links(*pick(&PARTITION, draw >> 32), draw)
    }

    /// One link, or with a probability of 1/4 all links to its target.
    fn affected_links(&self, fault: NetworkFault, draw: u64) -> AffectedLinks<'_> {
        let links = self.cluster.network.links();
        let link = pick(links, draw);
        let (links, name) = if (draw >> 48).is_multiple_of(4) {
            let same = links.iter().filter(|other| other.to == link.to);
            (same.collect(), format!("all to {}", link.to))
        } else {
            (vec![link], link.name())
        };
        AffectedLinks {
            fault,
            links,
            name: format!("{name}: {}", fault.description()),
        }
    }

    pub(super) async fn inject_network_fault(
        &self,
        affected: &AffectedLinks<'_>,
        duration: Duration,
    ) {
        for link in &affected.links {
            link.proxy.set(affected.fault.faults());
            if matches!(
                affected.fault,
                NetworkFault::Disconnect | NetworkFault::Refuse
            ) {
                link.proxy.end_connections();
            }
        }
        self.wait(duration).await;
        for link in &affected.links {
            if matches!(affected.fault, NetworkFault::BlackHole) {
                link.proxy.end_connections();
            }
            link.proxy.restore();
        }
    }
}
