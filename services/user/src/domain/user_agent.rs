/// Characters that are stored, at most.
const MAX_USER_AGENT: usize = 200;

/// What a client says it is (RFC 9110, section 10.1.5), as the owner of a session is shown it. Anyone can write anything
/// there, so it is printable ASCII and short. No `Debug`, because it is personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UserAgent(String);

impl UserAgent {
    /// `None` if nothing of the text can be shown.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let shown = text.chars().filter(|c| *c == ' ' || c.is_ascii_graphic());
        let shown: String = shown.take(MAX_USER_AGENT).collect();
        let shown = shown.trim();
        (!shown.is_empty()).then(|| Self(shown.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_printable_and_short() {
        let shown = |text: &str| UserAgent::new(text).map(|agent| agent.as_str().to_owned());
        assert_eq!(
            shown(" curl/8.5\r\n\u{202e}\u{7f} "),
            Some("curl/8.5".to_owned())
        );
        assert_eq!(shown(&"x".repeat(5_000)), Some("x".repeat(200)));
        for nothing in ["", "  ", "\u{430}\u{200b}\n"] {
            assert_eq!(shown(nothing), None);
        }
    }
}
