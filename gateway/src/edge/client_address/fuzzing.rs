//! The fuzz target `forwarded_header`.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{TrustedProxies, network};
use crate::edge::config::ForwardedHeader;

/// The client that the nearest proxies report.
const CLIENT: &str = "203.0.113.9";

/// The lines are header lines that a client sends. They never decide the address: a peer that is no proxy counts by its
/// own, and behind proxies the address that the outermost one wrote.
pub fn forwarded_header(data: &[u8]) {
    for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
        let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
        let proxies = TrustedProxies {
            networks: ["10.0.0.0/8", "fd00::/8"]
                .map(|text| text.parse().expect("a network"))
                .to_vec(),
            header,
        };
        let of = |peer: &str, lines: &[Vec<u8>]| {
            let peer: IpAddr = peer.parse().expect("an address");
            proxies.of(peer, &headers(header, lines))
        };
        let forged: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        assert_eq!(of("198.51.100.1", &forged).to_string(), "198.51.100.1");

        let found = of("10.0.0.1", &forged);
        assert_eq!(found, found.to_canonical());
        assert_eq!(network(network(found)), network(found));

        let element = |address: &str| match header {
            ForwardedHeader::XForwardedFor => address.to_owned(),
            ForwardedHeader::Forwarded => format!("for={address}"),
        };
        // The proxies append lines, or elements of the last line; the nearest one reports the outermost one.
        let (client, proxy) = (element(CLIENT), element("10.2.3.4"));
        let mut new_line = forged.clone();
        new_line.extend([client.clone().into_bytes(), proxy.clone().into_bytes()]);
        let mut same_line = forged.clone();
        if let Some(last) = same_line.last_mut() {
            last.extend_from_slice(format!(", {client}, {proxy}").as_bytes());
        }
        for lines in [new_line, same_line] {
            // Without its last line the list would be another one.
            let is_sent = lines
                .last()
                .is_some_and(|last| HeaderValue::from_bytes(last).is_ok());
            if is_sent {
                assert_eq!(of("10.0.0.1", &lines).to_string(), CLIENT);
            }
        }
    }
}

/// Those that can be sent.
fn headers(header: ForwardedHeader, lines: &[Vec<u8>]) -> HeaderMap {
    let values = lines
        .iter()
        .filter_map(|line| HeaderValue::from_bytes(line).ok());
    values
        .map(|value| (HeaderName::from_static(header.name()), value))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_forwarded_header_pass() {
        testkit::replay("forwarded_header", super::forwarded_header);
    }
}
