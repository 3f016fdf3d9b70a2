//! Finds the end of a request's head: the first empty line after the request line (RFC 9112, section 2.2). As the HTTP
//! library, it accepts a line feed alone as the end of a line, and skips empty lines before the request line.

/// How much of a head has been received.
#[derive(Debug, Default)]
pub(super) struct Head {
    len: usize,
    is_started: bool,
    is_complete: bool,
    /// Whether the current line has a byte other than a carriage return.
    has_text: bool,
}

impl Head {
    /// Takes the next bytes, and returns how many of them belong to the head.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if self.has_text => self.has_text = false,
                b'\n' if self.is_started => {
                    self.is_complete = true;
                    self.len += index + 1;
                    return index + 1;
                }
                b'\n' | b'\r' => {}
                _ => {
                    self.is_started = true;
                    self.has_text = true;
                }
            }
        }
        self.len += bytes.len();
        bytes.len()
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the request line has begun.
    pub(super) fn is_started(&self) -> bool {
        self.is_started
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_at_the_first_empty_line() {
        for (text, len) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", 27),
            ("\r\n\nGET / HTTP/1.1\n\nbody", 19),
            ("GET / HTTP/1.0\r\n\r\n\r\n", 18),
        ] {
            let mut whole = Head::default();
            assert_eq!(whole.feed(text.as_bytes()), len, "{text:?}");
            assert!(whole.is_complete() && whole.len() == len, "{text:?}");

            let mut pieces = Head::default();
            let used: usize = text
                .bytes()
                .take_while(|byte| !pieces.is_complete() && pieces.feed(&[*byte]) == 1)
                .count();
            assert_eq!(used, len, "{text:?}");
        }
    }

    #[test]
    fn a_head_without_an_empty_line_is_incomplete() {
        for (text, is_started) in [
            ("", false),
            ("\r\n\r\n\n", false),
            ("G", true),
            ("GET / HTTP/1.1\r\n\r", true),
        ] {
            let mut head = Head::default();
            head.feed(text.as_bytes());
            assert!(!head.is_complete(), "{text:?}");
            assert_eq!(head.is_started(), is_started, "{text:?}");
            assert_eq!(head.len(), text.len());
        }
    }
}
