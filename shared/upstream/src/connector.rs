//! One connection: TCP, TLS if configured, HTTP/2.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::{TrySendError, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::Config;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a call goes into.
pub(crate) type Connection = http2::SendRequest<Full<Bytes>>;
/// What comes back from a link without an answer.
pub(crate) type NotSent = TrySendError<Request<Full<Bytes>>>;

/// How to connect to any replica of one upstream. The name in the URL is what they are asked for and
/// what their certificate must say, whatever address they have.
pub(crate) struct Connector {
    scheme: Scheme,
    authority: Authority,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        ensure!(!config.url.is_empty(), "it is not set");
        let uri: Uri = config.url.parse()?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            anyhow::bail!("it is not of the form http://host:port");
        };
        ensure!(
            parts.path_and_query.is_none_or(|path| path == "/"),
            "it must not have a path"
        );
        let tls = match &config.tls {
            Some(tls) => {
                ensure!(scheme == Scheme::HTTPS, "with tls it must begin with https");
                let name = tls.domain.clone().unwrap_or_else(|| bare(&authority));
                let name = ServerName::try_from(name).context("its host is no name for TLS")?;
                Some((TlsConnector::from(Arc::new(tls.load()?)), name))
            }
            None => {
                ensure!(
                    scheme == Scheme::HTTP,
                    "without tls it must begin with http"
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

    /// The address, if the URL has one in place of a name.
    pub(crate) fn literal(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host().parse().ok()?;
        Some(SocketAddr::new(ip, self.port()))
    }

    /// How long connecting may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Completes the target of a request, of which the caller knows the path only.
    pub(crate) fn uri(&self, path: Option<PathAndQuery>) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Connects, and calls `ended` when the connection has ended.
    pub(crate) async fn connect(
        &self,
        address: SocketAddr,
        ended: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Connection> {
        let connecting = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            match &self.tls {
                None => shake_hands(stream, ended).await,
                Some((connector, name)) => {
                    let stream = connector.connect(name.clone(), stream).await?;
                    let protocol = stream.get_ref().1.alpn_protocol();
                    ensure!(protocol == Some(b"h2"), "it does not speak HTTP/2");
                    shake_hands(stream, ended).await
                }
            }
        };
        tokio::time::timeout(self.timeout, connecting)
            .await
            .context("it took too long")?
    }
}

async fn shake_hands(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ended: impl FnOnce() + Send + 'static,
) -> anyhow::Result<Connection> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(stream))
        .await?;
    // Ends soon after the last `Connection` is dropped and the last call is over.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection ended");
        }
        ended();
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

/// Whether a replica certainly did nothing about a request that failed: it was not sent, or the other
/// side says so, because it is shutting down or has too much to do.
pub(crate) fn is_unprocessed(error: &NotSent) -> bool {
    if error.message().is_some() {
        return true;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.error());
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            // Only what it did not begin ends with the GOAWAY of the other side.
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
    fn an_address_in_the_url_needs_no_lookup() {
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
    fn a_request_asks_for_the_name_in_the_url() {
        let connector = connector("http://catalog:50052").unwrap();
        let target = connector.uri(Some(PathAndQuery::from_static("/a.B/C")));
        assert_eq!(target.to_string(), "http://catalog:50052/a.B/C");
    }

    #[test]
    fn a_url_that_means_something_else_is_refused() {
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
