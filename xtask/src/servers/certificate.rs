//! The certificate of the servers of tests, whose clients trust the CA in `shared/testkit/certificates`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Data;
use crate::project::write_private;

/// The file names of the certificate and of its private key, in a server's folder.
pub(super) const CERTIFICATE: &str = "server.pem";
pub(super) const PRIVATE_KEY: &str = "server-key.pem";

/// Whether the servers also accept TLS. Only tests need it.
pub(super) fn is_used(data: Data) -> bool {
    data == Data::Temporary
}

/// Writes certificate and private key into `folder`.
pub(super) fn write(folder: &Path) -> Result<()> {
    let certificate = include_str!("../../../shared/testkit/certificates/server.pem");
    let private_key = include_str!("../../../shared/testkit/certificates/server-key.pem");
    fs::write(folder.join(CERTIFICATE), certificate)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    write_private(&folder.join(PRIVATE_KEY), private_key)
}
