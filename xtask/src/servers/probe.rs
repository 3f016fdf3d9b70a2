//! Checks whether a server is ready, over a TCP connection with short time-outs.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::definitions::ADMINISTRATOR;

const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends `request` and returns the response, at most `limit` bytes.
fn exchange(port: u16, request: &[u8], limit: u64) -> Option<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.take(limit).read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// The status of `GET path` on a loopback port; `None` without a response.
pub(crate) fn http_status(port: u16, path: &str, header: &str) -> Option<u16> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{header}\r\n"
    );
    let answer = exchange(port, request.as_bytes(), 65_536)?;
    // "HTTP/1.1 200"
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

/// Whether Redis responds to PING.
pub(super) fn redis(port: u16, password: &str) -> bool {
    let request = format!("AUTH {password}\r\nPING\r\n");
    exchange(port, request.as_bytes(), 12).is_some_and(|answer| answer == b"+OK\r\n+PONG\r\n")
}

/// Whether RabbitMQ accepts AMQP connections and its management plugin responds.
pub(super) fn rabbitmq(amqp_port: u16, api_port: u16, password: &str) -> bool {
    let credentials = base64(format!("{ADMINISTRATOR}:{password}").as_bytes());
    let header = format!("Authorization: Basic {credentials}\r\n");
    http_status(api_port, "/api/overview", &header) == Some(200)
        && exchange(amqp_port, b"AMQP\0\0\x09\x01", 1).is_some_and(|answer| !answer.is_empty())
}

/// Implemented here to avoid a dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            let index = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or_default();
            text.push(if place > group.len() {
                '='
            } else {
                char::from(ALPHABET[index])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_padded() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("fooba", "Zm9vYmE="),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
