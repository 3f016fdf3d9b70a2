use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

/// TLS towards an upstream. All paths are PEM files, read once at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// Who signed the upstream's certificate.
    pub ca_path: PathBuf,
    /// Our certificate, if the upstream asks for one (mTLS).
    pub cert_path: Option<PathBuf>,
    /// The private key of `cert_path`.
    pub private_key_path: Option<PathBuf>,
    /// The name in the upstream's certificate, if it is not the host of the URL.
    pub domain: Option<String>,
}

impl ClientTls {
    pub(super) fn load(&self) -> anyhow::Result<ClientTlsConfig> {
        let mut tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(&self.ca_path)?));
        match (&self.cert_path, &self.private_key_path) {
            (Some(cert), Some(key)) => {
                tls = tls.identity(Identity::from_pem(read(cert)?, read(key)?));
            }
            (None, None) => {}
            _ => {
                anyhow::bail!("tls.cert_path and tls.private_key_path come together or not at all")
            }
        }
        if let Some(domain) = &self.domain {
            tls = tls.domain_name(domain);
        }
        Ok(tls)
    }
}

pub(super) fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
