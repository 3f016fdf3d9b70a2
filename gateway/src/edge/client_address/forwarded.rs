//! The `Forwarded` header (RFC 7239): `for=203.0.113.9;proto=https, for="[2001:db8::1]:4711"`.
//!
//! It is read from the right. The elements at the right were written by trusted proxies; a quote that the client
//! left open at the left must not hide them.

/// The elements of a header line, the last one first.
pub(super) fn elements_from_right(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_from_right(line, b',')
}

/// The value of the parameter `for`, unless the element is malformed.
pub(super) fn node(element: &[u8]) -> Option<&str> {
    let mut node = None;
    for pair in split_from_right(element, b';') {
        let (name, value) = str::from_utf8(pair).ok()?.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") {
            let is_repeated = node.replace(unquoted(value.trim())?).is_some();
            if is_repeated {
                return None;
            }
        }
    }
    node
}

/// The text of a token or of a quoted string. A node needs no escapes, so a backslash is malformed.
fn unquoted(value: &str) -> Option<&str> {
    let text = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!text.contains(['"', '\\'])).then_some(text)
}

fn split_from_right(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = last_unquoted(text, separator) else {
            rest = None;
            return Some(text);
        };
        let (before, from) = text.split_at_checked(at)?;
        rest = Some(before);
        from.get(1..)
    })
}

/// The place of the last separator that is not in a quoted string.
fn last_unquoted(text: &[u8], separator: u8) -> Option<usize> {
    let mut is_quoted = false;
    for (at, byte) in text.iter().enumerate().rev() {
        if *byte == b'"' && !is_escaped(text, at) {
            is_quoted = !is_quoted;
        } else if *byte == separator && !is_quoted {
            return Some(at);
        }
    }
    None
}

/// Whether an odd number of backslashes precedes the place.
fn is_escaped(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}
