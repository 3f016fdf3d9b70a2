use mailparse::{MailHeaderMap, ParsedMail, parse_mail};

/// A mail that the mail server received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The mail, not decoded.
    pub source: String,
}

impl ReceivedMail {
    pub(super) fn new(from: &str, to: &[String], source: String) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_vec(),
            source,
        }
    }

    /// A decoded header; empty if it is missing.
    ///
    /// # Panics
    /// The mail cannot be parsed.
    pub fn header(&self, name: &str) -> String {
        let headers = self.parsed().headers;
        headers.get_first_value(name).unwrap_or_default()
    }

    /// The names of all headers.
    ///
    /// # Panics
    /// The mail cannot be parsed.
    pub fn headers(&self) -> Vec<String> {
        let headers = self.parsed().headers;
        headers.iter().map(|header| header.get_key()).collect()
    }

    /// The decoded plain text, with `\n` as line break.
    ///
    /// # Panics
    /// It has none.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The decoded HTML.
    ///
    /// # Panics
    /// It has none.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    fn part(&self, kind: &str) -> String {
        let mail = self.parsed();
        let part = mail.parts().find(|part| part.ctype.mimetype == kind);
        let body = part.and_then(|part| part.get_body().ok());
        body.unwrap_or_else(|| panic!("no {kind} in {}", self.source))
            .replace("\r\n", "\n")
    }

    fn parsed(&self) -> ParsedMail<'_> {
        parse_mail(self.source.as_bytes()).expect("a mail")
    }
}
