use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

/// TLS of a server. All paths are PEM files, read once at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// The certificate chain.
    pub cert_path: PathBuf,
    /// Its private key.
    pub private_key_path: PathBuf,
    /// Who signs the callers' certificates (mTLS).
    pub client_ca_path: Option<PathBuf>,
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
