use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::config::rules::none_if_empty;

/// TLS of a server. All paths are PEM files, read once at the start. Without paths TLS is off.
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
    pub(super) fn load(&self) -> anyhow::Result<ServerTlsConfig> {
        let identity = Identity::from_pem(read(&self.cert_path)?, read(&self.private_key_path)?);
        let tls = ServerTlsConfig::new().identity(identity);
        Ok(match &self.client_ca_path {
            Some(path) => tls.client_ca_root(Certificate::from_pem(read(path)?)),
            None => tls,
        })
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
