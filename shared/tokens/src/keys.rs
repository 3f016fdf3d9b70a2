use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Binding, Config};

/// Bytes of the code at the start of a token: half of the output of SHA-256, which RFC 2104 section 5 recommends as the
/// least.
const CODE: usize = 16;
/// Most characters of a token. Those that are made here are far shorter.
const MAX_TOKEN: usize = 4_096;

/// The keys of a service's tokens. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<[Hmac<Sha256>]>);

impl Keys {
    /// The keys of these secrets; the first one signs.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let keys = config.secrets().filter_map(|secret| {
            // HMAC accepts a key of any length, so none is left out.
            Hmac::new_from_slice(secret.as_bytes()).ok()
        });
        Self(keys.collect())
    }

    /// A token with `content`, which its holder can read: letters, digits, `-` and `_`.
    #[must_use]
    pub fn seal(&self, binding: &Binding, content: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(CODE + content.len());
        if let Some(key) = self.0.first() {
            let code = authenticate(key, binding, content).finalize().into_bytes();
            bytes.extend(code.into_iter().take(CODE));
        }
        bytes.extend_from_slice(content);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The content of a token; `None` unless [`Keys::seal`] made it for an equal binding.
    #[must_use]
    pub fn open(&self, binding: &Binding, token: &str) -> Option<Vec<u8>> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        // Refuses unused bits at the end, so a token has one form.
        let mut code = URL_SAFE_NO_PAD.decode(token).ok()?;
        if code.len() < CODE {
            return None;
        }
        let content = code.split_off(CODE);
        // Compares in constant time.
        let is_ours = |key: &Hmac<Sha256>| {
            let expected = authenticate(key, binding, &content);
            expected.verify_truncated_left(&code).is_ok()
        };
        self.0.iter().any(is_ours).then_some(content)
    }
}

/// The binding ends with a length and a part, so its bytes are no beginning of those of another binding.
fn authenticate(key: &Hmac<Sha256>, binding: &Binding, content: &[u8]) -> Hmac<Sha256> {
    let framed = Binding::new("mercantile").with(binding.as_bytes());
    key.clone()
        .chain_update(framed.as_bytes())
        .chain_update(content)
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD: &str = "an old secret of at least 32 characters";
    const NEW: &str = "a new secret of at least 32 characters";

    fn keys(secrets: &str) -> Keys {
        Keys::new(&Config::with_secret(secrets))
    }

    proptest! {
        #[test]
        fn a_token_opens_unchanged_and_only_unchanged(
            content in prop::collection::vec(any::<u8>(), 0..80),
            position in any::<prop::sample::Index>(),
            replacement in any::<u8>(),
        ) {
            let (keys, binding) = (keys(NEW), Binding::new("test"));
            let token = keys.seal(&binding, &content);
            prop_assert_eq!(keys.open(&binding, &token), Some(content));
            let mut bytes = token.clone().into_bytes();
            let index = position.index(bytes.len());
            bytes[index] = replacement;
            let altered = String::from_utf8_lossy(&bytes).into_owned();
            prop_assume!(altered != token);
            prop_assert_eq!(keys.open(&binding, &altered), None);
            let mut shorter = token.clone();
            shorter.truncate(index);
            prop_assert_eq!(keys.open(&binding, &shorter), None);
            prop_assert_eq!(keys.open(&binding, &format!("{token}A")), None);
        }

        #[test]
        fn no_text_is_a_token(text in ".{0,200}") {
            prop_assert_eq!(keys(NEW).open(&Binding::new("test"), &text), None);
        }
    }

    #[test]
    fn a_token_belongs_to_its_binding() {
        let keys = keys(NEW);
        let token = keys.seal(&Binding::new("a").with("b"), b"content");
        for other in [
            Binding::new("a"),
            Binding::new("ab"),
            Binding::new("a").with("b").with(""),
            Binding::new("a").with("bcontent"),
        ] {
            assert_eq!(keys.open(&other, &token), None, "{other:?}");
        }
    }

    #[test]
    fn a_secret_is_replaced_without_an_invalid_token() {
        let binding = Binding::new("test");
        let [old, both, reversed, new] =
            [OLD, &format!("{OLD},{NEW}"), &format!("{NEW},{OLD}"), NEW].map(keys);
        for (signs, accepts) in [(&old, &both), (&both, &reversed), (&reversed, &new)] {
            let token = signs.seal(&binding, b"1");
            assert!(accepts.open(&binding, &token).is_some());
            let token = accepts.seal(&binding, b"1");
            assert!(signs.open(&binding, &token).is_some());
        }
        let token = old.seal(&binding, b"1");
        assert_eq!(new.open(&binding, &token), None);
    }

    #[test]
    fn a_long_text_is_refused_unread() {
        let long = "A".repeat(MAX_TOKEN + 1);
        assert_eq!(keys(NEW).open(&Binding::new("test"), &long), None);
    }
}
