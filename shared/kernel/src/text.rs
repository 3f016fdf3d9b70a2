//! How text that people write is checked and stored. Every service applies these rules to every such
//! field, by the methods of [`Violations`](crate::Violations).

use std::ops::RangeInclusive;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

mod characters;
mod opaque;

pub use opaque::opaque_string;

/// A kind of text. Every kind removes surrounding white space of those characters that it allows, and counts the characters
/// that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// One line, such as a reason. NFC; no line breaks, control, invisible or direction-changing
    /// characters; if it is not empty, it shows something.
    Line,
    /// What a person or thing is called, and a line of an address. As [`Text::Line`], with a letter or digit, and
    /// one space between words.
    Name,
    /// Several lines, such as a description. NFC; a line ends with LF, which CRLF and CR become. Allows
    /// TAB, and the marks that bidirectional text needs. No overrides of the direction.
    Lines,
    /// What is searched for. As [`Text::Line`], but line breaks and TAB count as spaces, and what is invisible is
    /// removed: people paste names.
    Search,
    /// What is compared or typed elsewhere: a discount code, a tracking number, a postal code. Printable
    /// ASCII after NFKC, which maps full-width letters and digits; one space between its parts.
    Code,
}

/// Why a text is not of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too long, or empty.
    #[error("{}", length_rule(*.min, *.max))]
    Length {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// A line break in a text of one line.
    #[error("must be a single line")]
    LineBreak,
    /// A control character, such as NUL.
    #[error("must not contain control characters")]
    Control,
    /// A character that nobody can see, or that changes the direction of others.
    #[error("must not contain the invisible or direction-changing character U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// Nothing that is visible.
    #[error("must contain a visible character")]
    Blank,
    /// A name without letters and digits.
    #[error("must contain a letter or digit")]
    NoLetter,
    /// A code with a character that is not printable ASCII.
    #[error("must consist of letters a to z, digits and punctuation of ASCII")]
    NotAscii,
}

fn length_rule(min: usize, max: usize) -> String {
    match min {
        0 => format!("must be at most {max} characters"),
        _ => format!("must be {min} to {max} characters"),
    }
}

impl Text {
    /// The text as it is stored: normalized, without surrounding white space.
    ///
    /// # Errors
    /// It has not `length` characters, or breaks a rule of its kind.
    pub fn check(self, text: &str, length: RangeInclusive<usize>) -> Result<String, TextError> {
        let text = self.normalize(text);
        if !length.contains(&text.chars().count()) {
            return Err(TextError::Length {
                min: *length.start(),
                max: *length.end(),
            });
        }
        if text.is_empty() {
            return Ok(text);
        }
        match self {
            Self::Line | Self::Search => characters::check_line(&text)?,
            Self::Name => {
                characters::check_line(&text)?;
                if !text.chars().any(characters::is_letter_or_digit) {
                    return Err(TextError::NoLetter);
                }
            }
            Self::Lines => characters::check_lines(&text)?,
            Self::Code => {
                if text.contains(characters::is_line_break) {
                    return Err(TextError::LineBreak);
                }
                if !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
                    return Err(TextError::NotAscii);
                }
            }
        }
        Ok(text)
    }

    fn normalize(self, text: &str) -> String {
        match self {
            Self::Line => nfc(text).trim_matches(is_space).to_owned(),
            Self::Name => single_spaces(&nfc(text)),
            Self::Search => single_spaces(&nfc(&characters::pasted(text))),
            Self::Lines => nfc(&text.replace("\r\n", "\n").replace('\r', "\n"))
                .trim_matches(|c| is_space(c) || c == '\n' || c == '\t')
                .to_owned(),
            Self::Code => single_spaces(&ComposingNormalizerBorrowed::new_nfkc().normalize(text)),
        }
    }
}

/// The text in lower case, without accents: Québec and quebec are the same.
pub(crate) fn without_accents(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfkd()
        .normalize(text)
        .chars()
        .filter(|&c| !characters::is_mark(c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Unicode normalization form C.
fn nfc(text: &str) -> std::borrow::Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// White space within a line. Line breaks and tabs are none, so that they are found.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !characters::is_line_break(c)
}

/// Trims, and replaces runs of spaces by one.
fn single_spaces(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.trim_matches(is_space).chars() {
        if !is_space(c) {
            result.push(c);
        } else if !result.ends_with(' ') {
            result.push(' ');
        }
    }
    result
}

#[cfg(test)]
mod tests;
