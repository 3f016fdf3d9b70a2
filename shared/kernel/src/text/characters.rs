//! Which characters a text may have, by their Unicode properties.

use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
    GeneralCategory, GeneralCategoryGroup, JoiningType, NoncharacterCodePoint,
    PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::TextError;

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
const TEXT_STYLE: char = '\u{FE0E}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
/// It has no dots, so nothing is visible, but by its category it is a symbol.
const BLANK_BRAILLE: char = '\u{2800}';
/// Marks without a width that change no character but their neighbors' order or line breaks: LRM, RLM, ALM,
/// soft hyphen, zero width space, word joiner.
const MARKS: [char; 6] = [
    '\u{200E}', '\u{200F}', '\u{61C}', '\u{AD}', '\u{200B}', '\u{2060}',
];

pub(super) fn check_line(text: &str) -> Result<(), TextError> {
    check(text, |_| false)
}

pub(super) fn check_lines(text: &str) -> Result<(), TextError> {
    check(text, |c| c == '\n' || c == '\t' || MARKS.contains(&c))
}

fn check(text: &str, is_allowed: impl Fn(char) -> bool) -> Result<(), TextError> {
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        if is_allowed(c) {
            continue;
        }
        if is_line_break(c) {
            return Err(TextError::LineBreak);
        }
        if c.is_control() {
            return Err(TextError::Control);
        }
        if is_invisible(c) && !is_needed(&chars, at) {
            return Err(TextError::Invisible(c));
        }
    }
    if chars.iter().any(|&c| is_visible(c)) {
        Ok(())
    } else {
        Err(TextError::Blank)
    }
}

/// The text with spaces for line breaks and TAB, without invisible characters that its spelling does not need.
pub(super) fn pasted(text: &str) -> String {
    let mut chars: Vec<char> = text
        .chars()
        .map(|c| {
            if c == '\t' || is_line_break(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if is_invisible(c) && !is_needed(&chars, at) {
            chars.remove(at);
            // The one before may have been needed because of this one.
            at = at.saturating_sub(1);
        } else {
            at += 1;
        }
    }
    chars.into_iter().collect()
}

pub(super) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

pub(super) const fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

pub(super) fn is_letter_or_digit(c: char) -> bool {
    let category = category(c);
    !is_invisible(c)
        && (GeneralCategoryGroup::Letter.contains(category)
            || GeneralCategoryGroup::Number.contains(category))
}

fn is_visible(c: char) -> bool {
    let category = category(c);
    let is_blank =
        c == BLANK_BRAILLE || is_mark(c) || GeneralCategoryGroup::Separator.contains(category);
    !is_blank && !c.is_control() && !is_invisible(c)
}

/// Default-ignorable characters, format characters (of direction too), private use, and noncharacters.
fn is_invisible(c: char) -> bool {
    let is_format = category(c) == GeneralCategory::Format
        && !CodePointSetData::new::<PrependedConcatenationMark>().contains(c);
    is_format
        || category(c) == GeneralCategory::PrivateUse
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(c)
}

/// Whether the spelling needs the invisible character at `at`: a joiner by the rules of RFC 5892, appendix
/// A.1 and A.2, which Persian and the scripts of India need, and joiners and styles of emoji.
fn is_needed(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
    let after = chars.get(at + 1).copied();
    match (chars.get(at), before) {
        (Some(&(NON_JOINER | JOINER)), Some(before)) if is_virama(before) => after.is_some(),
        (Some(&NON_JOINER), Some(_)) => breaks_a_join(chars, at),
        (Some(&JOINER), Some(before)) => ends_emoji(before) && after.is_some_and(is_emoji),
        (Some(&(TEXT_STYLE | EMOJI_STYLE)), Some(before)) => {
            is_emoji(before) || (before.is_ascii_graphic() && after == Some(KEYCAP))
        }
        _ => false,
    }
}

fn breaks_a_join(chars: &[char], at: usize) -> bool {
    let joining = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let (before, after) = chars.split_at(at);
    let mut before = before
        .iter()
        .rev()
        .map(joining)
        .skip_while(|joining| *joining == JoiningType::Transparent);
    let mut after = after
        .iter()
        .skip(1)
        .map(joining)
        .skip_while(|joining| *joining == JoiningType::Transparent);
    matches!(
        before.next(),
        Some(JoiningType::LeftJoining | JoiningType::DualJoining)
    ) && matches!(
        after.next(),
        Some(JoiningType::RightJoining | JoiningType::DualJoining)
    )
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn ends_emoji(c: char) -> bool {
    c == EMOJI_STYLE || is_emoji(c) || CodePointSetData::new::<EmojiModifier>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
