//! One connection: TCP, TLS if configured, HTTP/2.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::{TrySendError, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tls::Reloaded;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::Config;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// An open connection that sends calls.
pub(crate) type Connection = http2::SendRequest<Full<Bytes>>;
/// A call that got no response.
pub(crate) type Unanswered = TrySendError<Request<Full<Bytes>>>;

/// Connects to the endpoints of one upstream. At each address, the host in the URL is the
/// `:authority` of calls, and certificates must be valid for it (or for `tls.domain`).
pub(crate) struct Connector {
    scheme: Scheme,
    authority: Authority,
    tls: Option<(Reloaded<ClientConfig>, ServerName<'static>)>,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        ensure!(!config.url.is_empty(), "it is not set");
        let uri: Uri = config.url.parse()?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            anyhow::bail!("it must have the form http://host:port");
        };
        ensure!(
            parts.path_and_query.is_none_or(|path| path == "/"),
            "it must not have a path"
        );
        let tls = match &config.tls {
            Some(tls) => {
                ensure!(
                    scheme == Scheme::HTTPS,
                    "with tls it must begin with https://"
                );
                let name = tls.domain.clone().unwrap_or_else(|| bare(&authority));
                let name = ServerName::try_from(name)
                    .context("its host is not a valid TLS server name")?;
                Some((tls.load()?, name))
            }
            None => {
                ensure!(
                    scheme == Scheme::HTTP,
                    "without tls it must begin with http://"
                );
                None
            }
        };
        Ok(Self {
            scheme,
            authority,
            tls,
            timeout: Duration::from_millis(config.connect_timeout_ms),
        })
    }

    /// The host without the brackets of IPv6.
    pub(crate) fn host(&self) -> String {
        bare(&self.authority)
    }

    pub(crate) fn port(&self) -> u16 {
        let usual = if self.tls.is_some() { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(usual)
    }

    /// The address, if the URL has an IP address as its host.
    pub(crate) fn literal(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host().parse().ok()?;
        Some(SocketAddr::new(ip, self.port()))
    }

    /// Longest time of a connection attempt.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The complete URI of a request; the generated client sets only the path.
    pub(crate) fn uri(&self, path: Option<PathAndQuery>) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Connects, and calls `on_end` when the connection has ended.
    pub(crate) async fn connect(
        &self,
        address: SocketAddr,
        on_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Connection> {
        let connecting = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            match &self.tls {
                None => handshake(stream, on_end).await,
                Some((config, name)) => {
                    let connector = TlsConnector::from(config.current());
                    let stream = connector.connect(name.clone(), stream).await?;
                    let protocol = stream.get_ref().1.alpn_protocol();
                    ensure!(
                        protocol == Some(b"h2"),
                        "the server does not support HTTP/2"
                    );
                    handshake(stream, on_end).await
                }
            }
        };
        tokio::time::timeout(self.timeout, connecting)
            .await
            .context("the attempt timed out")?
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    on_end: impl FnOnce() + Send + 'static,
) -> anyhow::Result<Connection> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(stream))
        .await?;
    // Ends when the last `Connection` is dropped and the last call has ended.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection ended");
        }
        on_end();
    });
    Ok(sender)
}

fn bare(authority: &Authority) -> String {
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).to_owned()
}

/// Whether an endpoint certainly did not process a failed call: the call was not sent, or the server
/// reports that it did not process it, because it shuts down or is overloaded.
pub(crate) fn is_unprocessed(error: &Unanswered) -> bool {
    if error.message().is_some() {
        return true;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.error());
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            // With a GOAWAY of the server, hyper fails only the calls that the server did not begin.
            return error.is_remote()
                && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM));
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(url: &str) -> anyhow::Result<Connector> {
        Connector::new(&Config {
            url: url.to_owned(),
            ..Config::default()
        })
    }

    #[test]
    fn an_ip_address_in_the_url_is_not_looked_up() {
        for (url, address) in [
            ("http://127.0.0.1:50052", "127.0.0.1:50052"),
            ("http://[::1]:50052", "[::1]:50052"),
            ("http://10.0.0.1", "10.0.0.1:80"),
        ] {
            let found = connector(url).unwrap().literal();
            assert_eq!(found, Some(address.parse().unwrap()), "{url}");
        }
        assert_eq!(connector("http://catalog:50052").unwrap().literal(), None);
    }

    #[test]
    fn the_uri_of_a_request_has_the_host_of_the_url() {
        let connector = connector("http://catalog:50052").unwrap();
        let target = connector.uri(Some(PathAndQuery::from_static("/a.B/C")));
        assert_eq!(target.to_string(), "http://catalog:50052/a.B/C");
    }

    #[test]
    fn an_invalid_url_is_rejected() {
        for url in [
            "",
            "catalog:50052",
            "https://catalog:50052",
            "http://catalog/path",
            "/",
        ] {
            assert!(connector(url).is_err(), "{url}");
        }
    }
}
