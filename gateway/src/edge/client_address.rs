//! The address of a client behind trusted proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::{dev::ServiceRequest, http::header::HeaderMap};
use anyhow::Context;
use ipnet::IpNet;

use crate::edge::config::{self, ForwardedHeader, HttpConfig};

mod forwarded;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;

/// The proxies whose list of addresses is trusted, and the header in which they write it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

/// The address of a request's client; stored in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// The network that limits per client count: one subscriber has one IPv4 address, or one IPv6 /64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

impl TrustedProxies {
    /// Reads `http.trusted_proxies` and `http.forwarded_header`.
    ///
    /// # Errors
    /// An entry is not a network (`10.0.0.0/8`) or an address.
    pub(crate) fn new(http: &HttpConfig) -> anyhow::Result<Self> {
        let networks = config::list(&http.trusted_proxies)
            .map(|text| {
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                    .with_context(|| format!("http.trusted_proxies: {text} is not a network"))
            })
            .collect::<anyhow::Result<_>>()?;
        let header = http.forwarded_header;
        Ok(Self { networks, header })
    }

    /// The rightmost address that is not a trusted proxy. The client controls everything to its left.
    pub(crate) fn client_address(&self, request: &ServiceRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        Some(self.of(peer, request.headers()))
    }

    fn of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_trusted(peer) {
            return peer;
        }
        let lines: Vec<&[u8]> = headers
            .get_all(self.header.name())
            .map(|value| value.as_bytes())
            .collect();
        let lines = lines.into_iter().rev();
        match self.header {
            ForwardedHeader::XForwardedFor => {
                let entries = lines.flat_map(|line| line.rsplit(|byte| *byte == b','));
                self.nearest(peer, entries.map(|entry| str::from_utf8(entry).ok()))
            }
            ForwardedHeader::Forwarded => {
                let elements = lines.flat_map(forwarded::elements_from_right);
                self.nearest(peer, elements.map(forwarded::node))
            }
        }
    }

    /// Walks from the nearest proxy outwards. Each entry was written by the hop before it, so an entry that is no
    /// address ends the walk at that trusted hop: the clients behind it share its limits.
    fn nearest<'a>(&self, peer: IpAddr, nodes: impl Iterator<Item = Option<&'a str>>) -> IpAddr {
        let mut nearest = peer;
        for node in nodes {
            let Some(address) = node.and_then(address) else {
                break;
            };
            nearest = address.to_canonical();
            if !self.is_trusted(nearest) {
                break;
            }
        }
        nearest
    }

    /// Whether the address is one of the proxies.
    pub(crate) fn is_trusted(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// The address of a hop: `203.0.113.9`, `203.0.113.9:4711` (Azure's gateways write the port), `2001:db8::1`,
/// `[2001:db8::1]` or `[2001:db8::1]:4711`. A port may be a name that begins with an underscore (RFC 7239,
/// section 6).
fn address(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some(rest) = node.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_valid = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        let address: Ipv6Addr = address.parse().ok()?;
        return is_valid.then_some(IpAddr::V6(address));
    }
    let (address, port) = node.split_once(':')?;
    let address: Ipv4Addr = address.parse().ok()?;
    is_port(port).then_some(IpAddr::V4(address))
}

fn is_port(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !name.is_empty() && name.bytes().all(is_allowed)
    };
    text.parse::<u16>().is_ok() || text.strip_prefix('_').is_some_and(is_name)
}

#[cfg(test)]
mod tests;
