use kernel::opaque_string;
use secrecy::{ExposeSecret, SecretString};

/// A password that somebody typed. No `Debug`, because it is a secret.
pub(crate) struct Password {
    normalized: SecretString,
    typed: Option<SecretString>,
}

impl Password {
    /// The password that `typed` is.
    pub(crate) fn new(typed: SecretString) -> Self {
        let normalized = opaque_string(typed.expose_secret());
        let differs = normalized != typed.expose_secret();
        Self {
            normalized: normalized.into(),
            typed: differs.then_some(typed),
        }
    }

    /// What is hashed, and counted: the same however the keyboard composes it.
    pub(crate) const fn normalized(&self) -> &SecretString {
        &self.normalized
    }

    /// The text before normalization, if it is another. Hashes of earlier releases are of this text.
    pub(crate) const fn typed(&self) -> Option<&SecretString> {
        self.typed.as_ref()
    }

    /// Characters after normalization.
    pub(crate) fn length(&self) -> usize {
        self.normalized.expose_secret().chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_counted_after_normalization() {
        assert_eq!(Password::new("e\u{301}\u{a0}".into()).length(), 2);
    }

    #[test]
    fn what_was_typed_is_kept_only_if_it_differs() {
        let composed = Password::new("Cr\u{e8}me".into());
        assert!(composed.typed().is_none());
        let decomposed = Password::new("Cre\u{300}me".into());
        assert_eq!(
            decomposed.normalized().expose_secret(),
            composed.normalized().expose_secret()
        );
        assert_eq!(
            decomposed.typed().map(|typed| typed.expose_secret()),
            Some("Cre\u{300}me")
        );
    }
}
