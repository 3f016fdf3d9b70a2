//! Blanks comments and literals in Rust code, so that rules about code do not match prose.

/// The code with spaces instead of comments, strings and character literals. Line breaks stay.
pub(super) fn blank(code: &str) -> String {
    blank_parts(code, false)
}

/// The same, but comments stay.
pub(super) fn blank_literals(code: &str) -> String {
    blank_parts(code, true)
}

fn blank_parts(code: &str, keep_comments: bool) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    // Whether the last character belongs to a name: `r"` may end the name `bar` only in broken code.
    let mut in_name = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'r' | 'b' | 'c' if !in_name => prefixed(rest),
            '\'' => character(rest),
            _ => 0,
        };
        let is_comment = first == '/' && length > 0;
        if length == 0 {
            out.push(first);
            in_name = first.is_alphanumeric() || first == '_';
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        } else {
            let (part, after) = rest.split_at(length);
            if is_comment && keep_comments {
                out.push_str(part);
            } else {
                out.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            }
            in_name = false;
            rest = after;
        }
    }
    out
}

/// The length of a block comment, which may be nested.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut position = 0;
    while let Some(text) = rest.get(position..).filter(|text| !text.is_empty()) {
        if text.starts_with("/*") {
            depth += 1;
            position += 2;
        } else if text.starts_with("*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                return position;
            }
        } else {
            position += text.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a string literal.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (position, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return position + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a literal with a prefix (`r#"…"#`, `b"…"`, `br"…"`, `b'x'`, `c"…"`); 0 if it is a name.
fn prefixed(rest: &str) -> usize {
    let letters = rest.len() - rest.trim_start_matches(['r', 'b', 'c']).len();
    let (prefix, literal) = rest.split_at(letters);
    if prefix.contains('r') && letters <= 2 {
        let hashes = literal.len() - literal.trim_start_matches('#').len();
        if literal
            .get(hashes..)
            .is_some_and(|text| text.starts_with('"'))
        {
            let end = format!("\"{}", "#".repeat(hashes));
            let content = letters + hashes + 1;
            let found = rest.get(content..).and_then(|text| text.find(&end));
            return found.map_or(rest.len(), |position| content + position + end.len());
        }
    }
    match literal.chars().next() {
        Some('"') if letters == 1 => letters + string(literal),
        Some('\'') if prefix == "b" => letters + character(literal),
        _ => 0,
    }
}

/// The length of a character literal; 0 if it is a lifetime.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            // `'\''`, `'\n'`, `'\u{1f600}'`: the quote after the escaped character.
            let end = characters.nth(1).map_or(0, |(position, _)| position);
            rest.get(end..)
                .and_then(|text| text.find('\''))
                .map_or(0, |position| end + position + 1)
        }
        Some(_) => match characters.next() {
            Some((position, '\'')) => position + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::blank;

    fn check(code: &str, expected: &str) {
        assert_eq!(blank(code), expected, "in {code}");
    }

    #[test]
    fn comments_are_blanked() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check("a / b", "a / b");
    }

    #[test]
    fn strings_are_blanked() {
        check(r#"f("a\"b", c)"#, "f(      , c)");
        check("r#\"a\"b\"# c", "         c");
        check(r#"b"x" br"y" c"#, "           c");
        check("\"é\n\"x", "  \n x");
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_are_not() {
        check(
            "'a' '\\'' '\\n' '\\u{1f}' b'x'",
            "                           ",
        );
        check("&'a str, 'static", "&'a str, 'static");
    }

    #[test]
    fn names_that_end_like_a_prefix_stay() {
        check("attr(b, r, bar)", "attr(b, r, bar)");
        check("rb", "rb");
    }
}
