use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Requests `/readyz` from the process whose admin port is `admin`.
///
/// # Errors
/// The process is not ready or does not respond.
pub(super) async fn check(admin: SocketAddr) -> anyhow::Result<()> {
    let addresses = reachable(admin);
    let answer = tokio::time::timeout(TIMEOUT, fetch(&addresses))
        .await
        .with_context(|| format!("no response from {addresses:?} in time"))?
        .with_context(|| format!("no response from {addresses:?}; is the process running?"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    ensure!(
        head.starts_with("HTTP/1.1 200"),
        "not ready: {}",
        body.trim()
    );
    Ok(())
}

/// A process that listens on the unspecified address is reached on loopback. `[::]` also accepts
/// IPv4, the only family in a container without IPv6.
fn reachable(admin: SocketAddr) -> Vec<SocketAddr> {
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let ips = match admin.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![v4],
        IpAddr::V6(ip) if ip.is_unspecified() => vec![v6, v4],
        ip => vec![ip],
    };
    let address = |ip| SocketAddr::new(ip, admin.port());
    ips.into_iter().map(address).collect()
}

async fn fetch(addresses: &[SocketAddr]) -> io::Result<String> {
    let mut stream = TcpStream::connect(addresses).await?;
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_reached_on_loopback() {
        for (listen, expected) in [
            ("0.0.0.0:9051", &["127.0.0.1:9051"][..]),
            ("[::]:9051", &["[::1]:9051", "127.0.0.1:9051"]),
            ("10.1.2.3:9051", &["10.1.2.3:9051"]),
        ] {
            let expected: Vec<SocketAddr> =
                expected.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(reachable(listen.parse().unwrap()), expected);
        }
    }
}
