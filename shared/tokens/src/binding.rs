/// What a token is for: it is valid only with an equal binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding(Vec<u8>);

impl Binding {
    /// `purpose` is the kind of token with a version: `cart token v1`. Change the version if tokens of an earlier release
    /// must become invalid.
    #[must_use]
    pub fn new(purpose: &str) -> Self {
        Self(Vec::new()).with(purpose)
    }

    /// Also bound to `part`. Bindings with other parts, or with the same bytes divided otherwise, differ.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        // The length makes the sequence of parts unambiguous. A `usize` has at most 64 bits.
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_in_other_parts_are_another_binding() {
        let whole = Binding::new("list").with("ab").with("c");
        assert_eq!(whole, Binding::new("list").with("ab").with("c"));
        for other in [
            Binding::new("list").with("a").with("bc"),
            Binding::new("list").with("abc"),
            Binding::new("list").with("ab").with("c").with(""),
            Binding::new("listab").with("c"),
        ] {
            assert_ne!(whole, other);
        }
    }
}
