use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks `/readyz` of the process that listens on `admin`.
pub(super) async fn ask(admin: SocketAddr) -> anyhow::Result<()> {
    let addresses = reachable(admin);
    let answer = tokio::time::timeout(TIMEOUT, fetch(&addresses))
        .await
        .with_context(|| format!("no answer from {addresses:?} in time"))?
        .with_context(|| format!("no answer from {addresses:?}; is the process running?"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    ensure!(
        head.starts_with("HTTP/1.1 200"),
        "not ready: {}",
        body.trim()
    );
    Ok(())
}

/// A process that listens on every address is asked on loopback. One that listens on `[::]` takes IPv4,
/// too, and has nothing else in a container without IPv6.
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
    fn who_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:9051", &["127.0.0.1:9051"][..]),
            ("[::]:9051", &["[::1]:9051", "127.0.0.1:9051"]),
            ("10.1.2.3:9051", &["10.1.2.3:9051"]),
        ] {
            let asked: Vec<SocketAddr> = asked.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(reachable(listen.parse().unwrap()), asked);
        }
    }
}
