use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const CHECKSUM_BYTES: usize = 12;

/// The position of the last result of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cursor {
    /// A product with the name or SKU that was searched for: 0 has the SKU, 1 the name, 2 the name but for case and
    /// punctuation; and id.
    Exact(u8, Uuid),
    /// By price: minor units and id.
    Price(i64, Uuid),
    /// By name, and id.
    Name(String, Uuid),
    /// By id only: ids sort by age.
    Newest(Uuid),
    /// By the rank of the match, and id.
    Ranked(f32, Uuid),
    /// Too many matches to rank: by tier (0: the name has all words, 1: the rest), and id.
    Tiered(u8, Option<Uuid>),
}

// Ranks are from the database and never NaN.
impl Eq for Cursor {}

impl Cursor {
    /// An opaque text that [`Cursor::parse`] accepts for the same `fingerprint` of a search.
    ///
    /// It is not a secret and not signed: a forged token only starts at another position. The checksum makes a
    /// truncated token, or one of another search, an error instead of a wrong page.
    pub(super) fn token(&self, fingerprint: &str) -> String {
        // Serializing plain data to JSON cannot fail.
        let position = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = checksum(&position, fingerprint).to_vec();
        bytes.extend_from_slice(&position);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor in a token; `None` if the token is invalid or belongs to another `fingerprint`.
    pub(super) fn parse(token: &str, fingerprint: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (sum, position) = bytes.split_at_checked(CHECKSUM_BYTES)?;
        (sum == checksum(position, fingerprint)).then_some(())?;
        serde_json::from_slice(position).ok()
    }
}

fn checksum(position: &[u8], fingerprint: &str) -> [u8; CHECKSUM_BYTES] {
    let sum = Sha256::new()
        .chain_update("mercantile.catalog.page.v1\0")
        .chain_update(position)
        .chain_update([0])
        .chain_update(fingerprint)
        .finalize();
    let mut short = [0; CHECKSUM_BYTES];
    for (to, from) in short.iter_mut().zip(sum) {
        *to = from;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cursor_is_parsed_from_its_token() {
        let id = Uuid::from_u128(42);
        for cursor in [
            Cursor::Exact(2, id),
            Cursor::Price(1_299, id),
            Cursor::Name("écran \"27\"".to_owned(), id),
            Cursor::Newest(id),
            Cursor::Ranked(0.607_927_1, id),
            Cursor::Tiered(1, None),
        ] {
            let token = cursor.token("a search");
            assert_eq!(Cursor::parse(&token, "a search"), Some(cursor));
            assert_eq!(Cursor::parse(&token, "another"), None);
        }
    }

    #[test]
    fn an_invalid_token_is_refused() {
        for token in ["", "abc", "!!", "QUJDREVGR0hJSktMTU5PUA"] {
            assert_eq!(Cursor::parse(token, ""), None, "{token}");
        }
    }
}
