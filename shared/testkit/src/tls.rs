//! TLS of the test servers. Their certificate is valid for `localhost` only; `certificates/README.md` describes it.

use std::path::{Path, PathBuf};

/// The PEM file of the CA that signed the certificate of the test servers.
pub fn server_ca() -> PathBuf {
    certificate("ca.pem")
}

/// The PEM file of a CA that did not sign it.
pub fn stranger_ca() -> PathBuf {
    certificate("stranger-ca.pem")
}

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("certificates")
        .join(name)
}
