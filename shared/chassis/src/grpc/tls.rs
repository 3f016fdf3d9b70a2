use std::future::ready;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::tls::Reloaded;
use futures_util::{Stream, StreamExt};
use rustls::ServerConfig;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::TcpIncoming;

use crate::config::rules::none_if_empty;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Most handshakes at the same time; further connections wait.
const MAX_HANDSHAKES: usize = 64;

/// TLS of a server. All paths are PEM files. A connection uses the files as they are when it begins. Without paths TLS is
/// off.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// The certificate chain.
    pub cert_path: PathBuf,
    /// Its private key.
    pub private_key_path: PathBuf,
    /// The CA of the clients' certificates (mTLS).
    #[serde(deserialize_with = "none_if_empty")]
    pub client_ca_path: Option<PathBuf>,
}

/// The section, unless its paths are empty.
pub(super) fn if_set<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ServerTls>, D::Error> {
    let tls = ServerTls::deserialize(deserializer)?;
    let is_set = |path: &Path| !path.as_os_str().is_empty();
    match (is_set(&tls.cert_path), is_set(&tls.private_key_path)) {
        (true, true) => Ok(Some(tls)),
        (false, false) if tls.client_ca_path.is_none() => Ok(None),
        _ => Err(D::Error::custom(
            "cert_path and private_key_path must both be set, client_ca_path only with them",
        )),
    }
}

impl ServerTls {
    pub(super) fn load(&self) -> Result<Reloaded<ServerConfig>, ::tls::Error> {
        let Self {
            cert_path,
            private_key_path,
            client_ca_path,
        } = self.clone();
        let paths = [cert_path.clone(), private_key_path.clone()];
        let paths = paths.into_iter().chain(client_ca_path.clone());
        Reloaded::new(paths, move || {
            let mut tls =
                ::tls::server_config(&cert_path, &private_key_path, client_ca_path.as_deref())?;
            tls.alpn_protocols.push(b"h2".to_vec());
            Ok(tls)
        })
    }
}

/// Encrypts the connections of a listener. A handshake that fails or takes too long ends its connection only.
pub(super) fn encrypted(
    incoming: TcpIncoming,
    tls: Reloaded<ServerConfig>,
) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
    let handshakes = incoming.map(move |accepted| {
        let acceptor = TlsAcceptor::from(tls.current());
        async move {
            let handshake = async { acceptor.accept(accepted?).await };
            let done = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await;
            done.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()))
        }
    });
    handshakes
        .buffer_unordered(MAX_HANDSHAKES)
        .filter_map(|done| {
            if let Err(error) = &done {
                tracing::debug!(%error, "a TLS handshake failed");
            }
            ready(done.ok().map(Ok))
        })
}
