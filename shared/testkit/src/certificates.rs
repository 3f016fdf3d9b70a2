//! Certificates for tests of TLS, signed by a CA of the test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A CA, and a folder for its PEM files that is deleted in the end.
pub struct Authority {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// The PEM files of a certificate and of its private key.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate.
    pub cert_path: PathBuf,
    /// Its private key.
    pub private_key_path: PathBuf,
}

impl Authority {
    /// A new CA.
    #[expect(
        clippy::new_without_default,
        reason = "it writes files, which a default value does not"
    )]
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(crate::unique("certificates"));
        fs::create_dir(&folder).expect("a folder for certificates");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a CA");
        write(&folder.join("ca.pem"), &issuer.pem());
        Self { folder, issuer }
    }

    /// The PEM file of the CA's certificate.
    pub fn ca_path(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate that is valid for these DNS names and IP addresses, as server and as client.
    pub fn issue(&self, names: &[&str]) -> Issued {
        let file = |suffix| {
            let name = names.first().expect("a name");
            self.folder.join(format!("{name}{suffix}.pem"))
        };
        let issued = Issued {
            cert_path: file(""),
            private_key_path: file("-key"),
        };
        self.renew(&issued, names);
        issued
    }

    /// Writes another certificate, of another key, into the files of an earlier one.
    pub fn renew(&self, issued: &Issued, names: &[&str]) {
        let key = KeyPair::generate().expect("a key");
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("names");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        write(&issued.private_key_path, &key.serialize_pem());
        write(&issued.cert_path, &certificate.pem());
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // What remains is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn write(path: &Path, pem: &str) {
    fs::write(path, pem).expect("a PEM file");
}
