use data_encoding::BASE32_NOPAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, SigningKeyError};

/// Codes of a set.
const COUNT: usize = 10;
/// Random bytes of a code. 80 bits cannot be guessed, so a fast hash is enough.
const BYTES: usize = 10;
/// Characters of a group, for reading.
const GROUP: usize = 4;

/// The SHA-256 of a recovery code.
pub(crate) type RecoveryCodeHash = [u8; 32];

/// A new set: the codes, and the hashes that the database stores.
///
/// # Errors
/// The random source failed.
pub(super) fn generate() -> Result<(Vec<SecretString>, Vec<RecoveryCodeHash>), Failure> {
    let mut codes = Vec::with_capacity(COUNT);
    let mut hashes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let mut bytes = [0; BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SigningKeyError::Crypto)?;
        codes.push(grouped(&BASE32_NOPAD.encode(&bytes).to_lowercase()).into());
        hashes.push(Sha256::digest(bytes).into());
    }
    Ok((codes, hashes))
}

/// The hash of a typed code; case, spaces and hyphens do not matter. `None` if it is no recovery code.
pub(super) fn hash_of(typed: &str) -> Option<RecoveryCodeHash> {
    let is_kept = |c: &char| !matches!(c, '-' | ' ');
    let text: String = typed.chars().filter(is_kept).collect();
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes());
    let bytes = bytes.ok().filter(|bytes| bytes.len() == BYTES)?;
    Some(Sha256::digest(bytes).into())
}

fn grouped(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() + text.len() / GROUP);
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % GROUP == 0 {
            grouped.push('-');
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let (codes, hashes) = generate().unwrap();
        assert_eq!((codes.len(), hashes.len()), (COUNT, COUNT));
        for (code, hash) in codes.iter().zip(hashes) {
            let code = code.expose_secret();
            assert_eq!(code.len(), 19, "{code}");
            assert_eq!(hash_of(code), Some(hash));
            assert_eq!(hash_of(&code.to_uppercase().replace('-', " ")), Some(hash));
        }
    }

    #[test]
    fn other_texts_are_no_recovery_codes() {
        for text in [
            "",
            "123456",
            "aaaa-aaaa-aaaa-aaa1",
            "aaaa-aaaa-aaaa-aaaa-aaaa",
        ] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }
}
