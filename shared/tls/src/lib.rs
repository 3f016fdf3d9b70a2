//! TLS: which certificates of servers the clients of PostgreSQL, RabbitMQ, Redis and gRPC trust, and which certificates of
//! clients the gRPC servers trust.
//!
//! A server's certificate is always verified, against the trusted CAs and against the host of the URL. There is one
//! provider of cryptography, aws-lc-rs.

mod explain;
mod reload;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig};

pub use explain::explain;
pub use reload::Reloaded;

/// A file or a certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is not a PEM file.
    #[error("{} is not a PEM file", .0.display())]
    Pem(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The PEM file has no certificate.
    #[error("no certificate in {}", .0.display())]
    NoCertificate(PathBuf),
    /// The PEM file has no private key.
    #[error("no private key in {}", .0.display())]
    NoPrivateKey(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The system has no trusted CAs, and no file names one.
    #[error("this system has no trusted CAs: install them (`ca-certificates`) or set `ca_path`")]
    NoSystemRoots,
    /// A certificate is malformed, or a private key does not belong to it.
    #[error(transparent)]
    Certificate(#[from] rustls::Error),
    /// The CA of the clients cannot be used.
    #[error(transparent)]
    ClientCa(#[from] rustls::server::VerifierBuilderError),
}

/// A client that trusts the CAs of a PEM file, or those of the system if the path is empty.
///
/// # Errors
/// The file cannot be read or has no certificate; the system has no trusted CAs.
pub fn client_config(ca_path: &Path) -> Result<ClientConfig, Error> {
    Ok(trusting(ca_path)?.with_no_client_auth())
}

/// Like [`client_config`], for a client that may also have a certificate of its own.
///
/// # Errors
/// The file cannot be read or has no certificate; the system has no trusted CAs.
pub fn trusting(ca_path: &Path) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let roots = match ca_path.as_os_str().is_empty() {
        true => system_roots()?,
        false => roots(ca_path)?,
    };
    with_roots(roots)
}

fn roots(ca_path: &Path) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca_path)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

/// A client that rejects every server, where a configuration is required and TLS is not used.
///
/// # Errors
/// None in practice: the provider supports the usual versions of TLS.
pub fn trusting_nobody() -> Result<ClientConfig, Error> {
    Ok(with_roots(RootCertStore::empty())?.with_no_client_auth())
}

fn with_roots(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots))
}

/// The CAs that the system trusts. Those that cannot be read are left out, as other programs do.
fn system_roots() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    match roots.is_empty() {
        true => Err(Error::NoSystemRoots),
        false => Ok(roots),
    }
}

/// A server with the certificate chain and the private key of PEM files. With the PEM file of a CA, it accepts only clients
/// with a certificate of that CA.
///
/// # Errors
/// A file cannot be read or has no certificate or key; the key does not belong to the certificate.
pub fn server_config(
    cert_path: &Path,
    private_key_path: &Path,
    client_ca_path: Option<&Path>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match client_ca_path {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let roots = Arc::new(roots(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build()?)
        }
    };
    Ok(builder.with_single_cert(certificates(cert_path)?, private_key(private_key_path)?)?)
}

/// Whether the certificate of a client is valid for one of these DNS names.
#[must_use]
pub fn is_valid_for(certificate: &CertificateDer<'_>, names: &[&str]) -> bool {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else {
        return false;
    };
    names.iter().any(|name| {
        ServerName::try_from(*name)
            .is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok())
    })
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// The file cannot be read or has no certificate.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<_, _>>()
        .map_err(|error| Error::Pem(path.to_owned(), error))?;
    match found.is_empty() {
        true => Err(Error::NoCertificate(path.to_owned())),
        false => Ok(found),
    }
}

/// The private key of a PEM file.
///
/// # Errors
/// The file cannot be read or has no private key.
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(&read(path)?)
        .map_err(|error| Error::NoPrivateKey(path.to_owned(), error))
}

/// The PEM file of CAs itself, for a client that builds its own configuration.
///
/// # Errors
/// The file cannot be read or has no certificate.
pub fn ca_file(path: &Path) -> Result<Vec<u8>, Error> {
    certificates(path)?;
    read(path)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::Read(path.to_owned(), error))
}
