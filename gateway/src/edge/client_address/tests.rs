use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn proxies(header: ForwardedHeader) -> TrustedProxies {
    let networks = ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"];
    TrustedProxies {
        networks: networks.map(|text| text.parse().unwrap()).to_vec(),
        header,
    }
}

/// The client of a connection from 10.0.0.1 with these header lines.
fn client(header: ForwardedHeader, name: &'static str, lines: &[&[u8]]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line).unwrap();
        headers.append(HeaderName::from_static(name), value);
    }
    let peer = "10.0.0.1".parse().unwrap();
    proxies(header).of(peer, &headers).to_string()
}

fn x_forwarded_for(lines: &[&[u8]]) -> String {
    client(ForwardedHeader::XForwardedFor, "x-forwarded-for", lines)
}

fn forwarded(lines: &[&[u8]]) -> String {
    client(ForwardedHeader::Forwarded, "forwarded", lines)
}

#[test]
fn an_address_that_the_client_forged_is_ignored() {
    for (line, expected) in [
        ("", "10.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.2.3.4, 192.168.1.7", "203.0.113.9"),
        ("not an address, 10.2.3.4", "10.2.3.4"),
        ("203.0.113.9, not an address", "10.0.0.1"),
        ("203.0.113.9,", "10.0.0.1"),
    ] {
        assert_eq!(x_forwarded_for(&[line.as_bytes()]), expected, "{line}");
    }
}

#[test]
fn an_address_may_have_a_port_or_brackets() {
    for (line, expected) in [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("203.0.113.9:4711, 10.2.3.4:80", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711, [fd00::7]:80", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
        ("203.0.113.9:", "10.0.0.1"),
        ("203.0.113.9:99999", "10.0.0.1"),
        ("[2001:db8::1]4711", "10.0.0.1"),
        ("[203.0.113.9]:1", "10.0.0.1"),
        ("[2001:db8::1", "10.0.0.1"),
    ] {
        assert_eq!(x_forwarded_for(&[line.as_bytes()]), expected, "{line}");
    }
}

#[test]
fn header_lines_are_one_list() {
    let lines: [&[u8]; 3] = [b"1.1.1.1", b"203.0.113.9", b"10.2.3.4"];
    assert_eq!(x_forwarded_for(&lines), "203.0.113.9");
    let lines: [&[u8]; 2] = [b"for=1.1.1.1", b"for=203.0.113.9;proto=https"];
    assert_eq!(forwarded(&lines), "203.0.113.9");
    // Bytes that are no text at the left do not hide what the proxy wrote.
    assert_eq!(x_forwarded_for(&[b"\xff, 203.0.113.9"]), "203.0.113.9");
}

#[test]
fn forwarded_is_read_from_the_right() {
    for (line, expected) in [
        ("for=203.0.113.9", "203.0.113.9"),
        (
            "For=\"203.0.113.9:4711\"; proto=https;by=10.0.0.1",
            "203.0.113.9",
        ),
        (
            "for=1.1.1.1, for=203.0.113.9;host=shop, for=10.2.3.4",
            "203.0.113.9",
        ),
        ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        (
            "for=\"[2001:db8::1]\";host=\"a,b;c\", for=10.9.9.9",
            "2001:db8::1",
        ),
        ("for=203.0.113.9:_port, for=10.9.9.9", "203.0.113.9"),
        // The client left a quote open.
        ("for=\"x, for=203.0.113.9", "203.0.113.9"),
        (
            "host=\"a\\\", for=203.0.113.9;host=\"a\\\"\"",
            "203.0.113.9",
        ),
        ("for=203.0.113.9, for=unknown", "10.0.0.1"),
        ("for=203.0.113.9, for=_hidden, for=10.9.9.9", "10.9.9.9"),
        ("for=203.0.113.9, proto=https", "10.0.0.1"),
        ("for=203.0.113.9;for=1.1.1.1", "10.0.0.1"),
        ("203.0.113.9", "10.0.0.1"),
        ("for=\"203.0.113.9", "10.0.0.1"),
    ] {
        assert_eq!(forwarded(&[line.as_bytes()]), expected, "{line}");
    }
}

#[test]
fn the_header_that_the_proxies_do_not_write_is_ignored() {
    let forged: [&[u8]; 1] = [b"for=203.0.113.9"];
    let client = client(ForwardedHeader::XForwardedFor, "forwarded", &forged);
    assert_eq!(client, "10.0.0.1");
}

#[test]
fn without_a_trusted_peer_the_header_is_ignored() {
    let mut headers = HeaderMap::new();
    let name = HeaderName::from_static("x-forwarded-for");
    headers.append(name, HeaderValue::from_static("203.0.113.9"));
    let peer = "198.51.100.1".parse().unwrap();
    let found = proxies(ForwardedHeader::XForwardedFor).of(peer, &headers);
    assert_eq!(found, peer);
}

#[test]
fn a_network_is_an_ipv4_address_or_an_ipv6_64() {
    for (address, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ] {
        let network = network(address.parse().unwrap());
        assert_eq!(network.to_string(), expected, "{address}");
    }
}
