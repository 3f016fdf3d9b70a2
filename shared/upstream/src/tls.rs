use std::path::PathBuf;

use ::tls::Reloaded;
use chassis::config::rules::none_if_empty;
use rustls::ClientConfig;
use serde::{Deserialize, Deserializer};

/// TLS of connections to an upstream. All paths are PEM files. A connection uses the files as they are when it begins.
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
    pub(crate) fn load(&self) -> anyhow::Result<Reloaded<ClientConfig>> {
        let ca_path = self.ca_path.clone();
        let own = match (&self.cert_path, &self.private_key_path) {
            (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
            (None, None) => None,
            _ => {
                anyhow::bail!(
                    "tls.cert_path and tls.private_key_path must both be set or both be empty"
                )
            }
        };
        let own_paths = own.clone().into_iter().flat_map(<[PathBuf; 2]>::from);
        let paths = [ca_path.clone()].into_iter().chain(own_paths);
        Ok(Reloaded::new(paths, move || {
            let tls = ::tls::trusting(&ca_path)?;
            let mut tls = match &own {
                Some((cert, key)) => {
                    tls.with_client_auth_cert(::tls::certificates(cert)?, ::tls::private_key(key)?)?
                }
                None => tls.with_no_client_auth(),
            };
            tls.alpn_protocols.push(b"h2".to_vec());
            Ok(tls)
        })?)
    }
}
