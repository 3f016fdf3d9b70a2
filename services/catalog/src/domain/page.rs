use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Sort;

const CHECK_BYTES: usize = 12;

/// The last result of a page, as far as its place in the order goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cursor {
    /// By price: minor units and id.
    Price(i64, Uuid),
    /// By name in lower case, and id.
    Name(String, Uuid),
    /// By id alone: ids sort by age.
    Newest(Uuid),
    /// By the rank of the match, and id.
    Ranked(f32, Uuid),
    /// Too many matches to rank each: by tier (0: the name has all words, 1: the rest), and id.
    Tiered(u8, Option<Uuid>),
}

// Ranks come from the database and are never NaN.
impl Eq for Cursor {}

impl Cursor {
    /// Which of two places comes first when sorted so. Places of another kind are equal.
    pub(crate) fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let ascending = match (self, other) {
            (Self::Price(a, a_id), Self::Price(b, b_id)) => (a, a_id).cmp(&(b, b_id)),
            (Self::Name(a, a_id), Self::Name(b, b_id)) => (a, a_id).cmp(&(b, b_id)),
            (Self::Newest(a), Self::Newest(b)) => a.cmp(b),
            _ => Ordering::Equal,
        };
        match sort {
            Sort::PriceAscending | Sort::Name => ascending,
            Sort::Relevance | Sort::PriceDescending | Sort::Newest => ascending.reverse(),
        }
    }

    /// An opaque text that [`Cursor::parse`] reads back for the same `fingerprint` of a search.
    ///
    /// It is not a secret and needs no key: who forges one only begins to read elsewhere. The check
    /// makes a token that was cut off, or came from another search, an error instead of a wrong page.
    pub(super) fn token(&self, fingerprint: &str) -> String {
        // A cursor is plain data: it always has a JSON form.
        let place = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = check(&place, fingerprint).to_vec();
        bytes.extend_from_slice(&place);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor in a token; `None` if it is not one that was made for this `fingerprint`.
    pub(super) fn parse(token: &str, fingerprint: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (sum, place) = bytes.split_at_checked(CHECK_BYTES)?;
        (sum == check(place, fingerprint)).then_some(())?;
        serde_json::from_slice(place).ok()
    }
}

fn check(place: &[u8], fingerprint: &str) -> [u8; CHECK_BYTES] {
    let sum = Sha256::new()
        .chain_update("mercantile.catalog.page.v1\0")
        .chain_update(place)
        .chain_update([0])
        .chain_update(fingerprint)
        .finalize();
    let mut short = [0; CHECK_BYTES];
    for (to, from) in short.iter_mut().zip(sum) {
        *to = from;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cursor_survives_its_token() {
        let id = Uuid::from_u128(42);
        for cursor in [
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
    fn places_of_several_categories_are_merged_in_the_order_of_the_sort() {
        let id = Uuid::from_u128;
        let mut places = [
            Cursor::Price(2, id(1)),
            Cursor::Price(1, id(2)),
            Cursor::Price(1, id(1)),
        ];
        places.sort_by(|a, b| a.compare(b, Sort::PriceAscending));
        assert_eq!(places[0], Cursor::Price(1, id(1)));
        assert_eq!(places[2], Cursor::Price(2, id(1)));
        places.sort_by(|a, b| a.compare(b, Sort::PriceDescending));
        assert_eq!(places[0], Cursor::Price(2, id(1)));
        assert_eq!(places[2], Cursor::Price(1, id(1)));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["", "abc", "!!", "QUJDREVGR0hJSktMTU5PUA"] {
            assert_eq!(Cursor::parse(token, ""), None, "{token}");
        }
    }
}
