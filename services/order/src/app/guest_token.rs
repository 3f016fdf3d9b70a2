use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The longest token that is looked at.
const MAX_LENGTH: usize = 200;

/// Names a guest's cart. Secret: who has it, has the cart.
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

    /// What a guest sent; none for an empty text, or one that can be no token.
    pub(crate) fn read(text: &str) -> Option<Self> {
        (1..=MAX_LENGTH)
            .contains(&text.len())
            .then(|| Self(text.to_owned()))
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(self.0.as_bytes())
    }

    /// The token itself, for the guest.
    pub(crate) fn expose(self) -> String {
        self.0
    }
}

/// SHA-256.
pub(crate) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
