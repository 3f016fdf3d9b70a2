//! The network: slow, cut, refusing, swallowing.

use std::time::Duration;

use testkit::Faults;

use super::{Harm, pick};
use crate::house::Link;

/// What a link, or all links to one target, suffers.
#[derive(Clone, Copy, Debug)]
enum Storm {
    /// Everything arrives late.
    Latency,
    /// Little fits through.
    Narrow,
    /// What is open is cut, what is new works.
    Cut,
    /// What is open is cut and what is new is refused.
    Refuse,
    /// Nothing arrives, and then what was open is cut.
    BlackHole,
}

impl Storm {
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
            Self::Narrow => faults.bandwidth = 20_000,
            Self::Cut => {}
            Self::Refuse => faults.refuses = true,
            Self::BlackHole => faults.stalls = true,
        }
        faults
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Latency => "late",
            Self::Narrow => "narrow",
            Self::Cut => "cut",
            Self::Refuse => "refused",
            Self::BlackHole => "swallowed",
        }
    }
}

const SLOW: [Storm; 2] = [Storm::Latency, Storm::Narrow];
const BROKEN: [Storm; 3] = [Storm::Cut, Storm::Refuse, Storm::BlackHole];

/// A storm and where it is.
pub(super) struct Front<'a> {
    storm: Storm,
    links: Vec<&'a Link>,
    pub(super) name: String,
}

impl Harm {
    pub(super) fn slow(&self, draw: u64) -> Front<'_> {
        self.front(*pick(&SLOW, draw >> 32), draw)
    }

    pub(super) fn broken(&self, draw: u64) -> Front<'_> {
        self.front(*pick(&BROKEN, draw >> 32), draw)
    }

    /// One link, or in one of four cases all links to its target.
    fn front(&self, storm: Storm, draw: u64) -> Front<'_> {
        let links = self.house.network.links();
        let link = pick(links, draw);
        let (links, name) = if (draw >> 48).is_multiple_of(4) {
            let same = links.iter().filter(|other| other.to == link.to);
            (same.collect(), format!("all to {}", link.to))
        } else {
            (vec![link], link.name())
        };
        Front {
            storm,
            links,
            name: format!("{name}: {}", storm.word()),
        }
    }

    pub(super) async fn storm(&self, front: &Front<'_>, hold: Duration) {
        for link in &front.links {
            link.proxy.set(front.storm.faults());
            if matches!(front.storm, Storm::Cut | Storm::Refuse) {
                link.proxy.end_connections();
            }
        }
        self.hold(hold).await;
        for link in &front.links {
            if matches!(front.storm, Storm::BlackHole) {
                link.proxy.end_connections();
            }
            link.proxy.restore();
        }
    }
}
