//! The address of a client behind trusted proxies.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use anyhow::Context;
use ipnet::IpNet;

use crate::edge::config;

/// The proxies whose `X-Forwarded-For` is trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Reads `http.trusted_proxies`.
    ///
    /// # Errors
    /// An entry is not a network (`10.0.0.0/8`) or an address.
    pub(crate) fn new(trusted_proxies: &str) -> anyhow::Result<Self> {
        let networks = config::list(trusted_proxies)
            .map(|text| {
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                    .with_context(|| format!("http.trusted_proxies: {text} is not a network"))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { networks })
    }

    /// The rightmost address that is not a trusted proxy. The client controls everything to its left
    /// in `X-Forwarded-For`.
    pub(crate) fn client_address(&self, request: &ServiceRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        if !self.is_trusted(peer) {
            return Some(peer);
        }
        let values: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .collect();
        Some(self.walk(peer, &values.join(",")))
    }

    fn walk(&self, peer: IpAddr, forwarded: &str) -> IpAddr {
        let mut nearest = peer;
        for hop in forwarded.rsplit(',') {
            let Ok(address) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            nearest = address.to_canonical();
            if !self.is_trusted(nearest) {
                break;
            }
        }
        nearest
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_the_client_forged_is_ignored() {
        let proxies = TrustedProxies::new("10.0.0.0/8, 192.168.1.7").unwrap();
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        for (forwarded, expected) in [
            ("", "10.0.0.1"),
            ("203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.2.3.4, 192.168.1.7", "203.0.113.9"),
            ("not an address, 10.2.3.4", "10.2.3.4"),
        ] {
            assert_eq!(
                proxies.walk(peer, forwarded).to_string(),
                expected,
                "{forwarded}"
            );
        }
    }

    #[test]
    fn a_proxy_that_is_no_network_is_rejected() {
        assert!(TrustedProxies::new("10.0.0.0/8, loadbalancer").is_err());
    }
}
