use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chassis::config::rules::none_if_empty;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Deserializer};

/// TLS of connections to an upstream. All paths are PEM files, read once at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// The CA of the upstream's certificate.
    pub ca_path: PathBuf,
    /// The client certificate, if the upstream requires one (mTLS).
    #[serde(deserialize_with = "none_if_empty")]
    pub cert_path: Option<PathBuf>,
    /// The private key of `cert_path`.
    #[serde(deserialize_with = "none_if_empty")]
    pub private_key_path: Option<PathBuf>,
    /// The name in the upstream's certificate, if it is not the host of the URL.
    #[serde(deserialize_with = "none_if_empty")]
    pub domain: Option<String>,
}

/// The section, unless it is empty.
pub(crate) fn if_set<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ClientTls>, D::Error> {
    let tls = ClientTls::deserialize(deserializer)?;
    if !tls.ca_path.as_os_str().is_empty() {
        return Ok(Some(tls));
    }
    match (&tls.cert_path, &tls.private_key_path, &tls.domain) {
        (None, None, None) => Ok(None),
        _ => Err(serde::de::Error::custom(
            "ca_path must be set with the other keys",
        )),
    }
}

impl ClientTls {
    pub(crate) fn load(&self) -> anyhow::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca_path)? {
            roots.add(certificate)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let mut tls = match (&self.cert_path, &self.private_key_path) {
            (Some(cert), Some(key)) => {
                let private_key = PrivateKeyDer::from_pem_slice(&read(key)?)
                    .with_context(|| format!("no private key in {}", key.display()))?;
                tls.with_client_auth_cert(certificates(cert)?, private_key)?
            }
            (None, None) => tls.with_no_client_auth(),
            _ => {
                anyhow::bail!(
                    "tls.cert_path and tls.private_key_path must both be set or both be empty"
                )
            }
        };
        tls.alpn_protocols.push(b"h2".to_vec());
        Ok(tls)
    }
}

fn certificates(path: &PathBuf) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} is not a PEM file", path.display()))?;
    anyhow::ensure!(!found.is_empty(), "no certificate in {}", path.display());
    Ok(found)
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
