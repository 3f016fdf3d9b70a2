//! The fuzz targets `page_token` and `cart_token`: a token that was not issued is never accepted.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use kernel::Clock;

use crate::{Binding, Config, Keys, List, Pages};

const SECRETS: &str =
    "a new secret of at least 32 characters, an old secret of at least 32 characters";
/// Issues nothing: a fuzzer that sees an issued token finds it.
const UNUSED_SECRET: &str = "a secret of at least 32 characters that issues nothing";
/// Bytes of the longest content; a token of it is shorter than the longest that is read.
const MAX_CONTENT: usize = 1_000;

/// The text is a page token that a client sends, and the position that a page token has.
pub fn page_token(data: &[u8]) {
    let pages = Pages::new(Keys::new(&Config::with_secret(SECRETS)), Clock::system());
    let list = List::new("test.v1.TestService/ListTests", &"filter");
    let other = List::new("test.v1.TestService/ListTests", &"another filter");
    let text = String::from_utf8_lossy(data);
    let strict = Pages::new(
        Keys::new(&Config::with_secret(UNUSED_SECRET)),
        Clock::system(),
    );
    match strict.after::<String>(&list, &text) {
        Ok(position) => assert!(text.is_empty() && position.is_none()),
        Err(_) => assert!(!text.is_empty()),
    }
    let position: String = text.chars().take(MAX_CONTENT / 8).collect();
    let token = pages.next(&list, &position);
    assert_eq!(pages.after(&list, &token), Ok(Some(position)));
    assert!(pages.after::<String>(&other, &token).is_err());
    assert!(pages.after::<u64>(&list, &token).is_err());
    if let Some(altered) = altered(&token, data) {
        assert!(pages.after::<String>(&list, &altered).is_err(), "{altered}");
    }
}

/// The text is a token that a client sends, and the content that a token has.
pub fn cart_token(data: &[u8]) {
    let keys = Keys::new(&Config::with_secret(SECRETS));
    let binding = Binding::new("cart token v1");
    let unused = Keys::new(&Config::with_secret(UNUSED_SECRET));
    assert_eq!(unused.open(&binding, &String::from_utf8_lossy(data)), None);
    let content = data.get(..MAX_CONTENT).unwrap_or(data);
    let token = keys.seal(&binding, content);
    assert_eq!(keys.open(&binding, &token).as_deref(), Some(content));
    assert_eq!(keys.open(&Binding::new("cart token v2"), &token), None);
    assert_eq!(unused.open(&binding, &token), None);
    if let Some(altered) = altered(&token, data) {
        assert_eq!(keys.open(&binding, &altered), None, "{altered}");
    }
}

/// The token with one character replaced, removed or added, as the first bytes of `data` say; none if it is the same.
fn altered(token: &str, data: &[u8]) -> Option<String> {
    let [how, at, character, ..] = data else {
        return None;
    };
    let mut altered: Vec<char> = token.chars().collect();
    let at = usize::from(*at) % altered.len();
    match how % 3 {
        0 => altered[at] = char::from(*character),
        1 => {
            altered.remove(at);
        }
        _ => altered.insert(at, char::from(*character)),
    }
    let altered = String::from_iter(altered);
    (altered != token).then_some(altered)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_page_token_pass() {
        testkit::replay("page_token", super::page_token);
    }

    #[test]
    fn the_seeds_of_cart_token_pass() {
        testkit::replay("cart_token", super::cart_token);
    }
}
