use mailparse::{MailHeaderMap, ParsedMail, parse_mail};

/// A mail as a mail server gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The address that the envelope says it is from.
    pub from: String,
    /// The addresses that the envelope says it is for.
    pub to: Vec<String>,
    /// As it came.
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

    /// A header, decoded; empty without one.
    ///
    /// # Panics
    /// When it is no mail.
    pub fn header(&self, name: &str) -> String {
        let headers = self.parsed().headers;
        headers.get_first_value(name).unwrap_or_default()
    }

    /// The names of all headers.
    ///
    /// # Panics
    /// When it is no mail.
    pub fn headers(&self) -> Vec<String> {
        let headers = self.parsed().headers;
        headers.iter().map(|header| header.get_key()).collect()
    }

    /// The plain text, decoded, with line breaks of one character.
    ///
    /// # Panics
    /// When there is none.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The HTML, decoded.
    ///
    /// # Panics
    /// When there is none.
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
