use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Longer texts are no tokens.
const MAX_LENGTH: usize = 200;

/// Identifies a guest's cart. Secret: it gives access to the cart.
#[derive(Clone)]
pub(crate) struct GuestToken(String);

impl GuestToken {
    /// A new token with 256 random bits.
    pub(crate) fn generate() -> Self {
        let bytes: [u8; 32] = rand::random();
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The token that a guest sent; none if the text is empty or too long.
    pub(crate) fn read(text: &str) -> Option<Self> {
        (1..=MAX_LENGTH)
            .contains(&text.len())
            .then(|| Self(text.to_owned()))
    }

    /// SHA-256, as it is stored.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token itself, for the guest.
    pub(crate) fn expose(self) -> String {
        self.0
    }
}
