use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::nfc;

/// A password as it is hashed, by the profile OpaqueString of RFC 8265: every space character becomes the
/// ASCII space, then NFC. So a password is the same whether a keyboard composes its accents or not.
///
/// The profile also forbids code points by their PRECIS class. That part is left out: it would reject emoji and
/// whatever Unicode added since, and a password is only compared with itself. A crate for PRECIS would bring
/// tables of its own for these two steps.
pub fn opaque_string(text: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let spaced: String = text
        .chars()
        .map(|c| match categories.get(c) {
            GeneralCategory::SpaceSeparator => ' ',
            _ => c,
        })
        .collect();
    nfc(&spaced).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn composed_and_decomposed_passwords_are_the_same() {
        let composed = "Cr\u{e8}me-br\u{fb}l\u{e9}e-77";
        assert_eq!(
            opaque_string("Cre\u{300}me-bru\u{302}le\u{301}e-77"),
            composed
        );
        assert_eq!(opaque_string(composed), composed);
    }

    #[test]
    fn spaces_become_ascii_spaces_and_case_and_width_stay() {
        assert_eq!(opaque_string(" a\u{a0}b\u{3000}c\u{2009}"), " a b c ");
        assert_eq!(opaque_string("\u{ff21}A"), "\u{ff21}A");
    }

    proptest! {
        #[test]
        fn the_result_stays_the_same(text in any::<String>()) {
            let once = opaque_string(&text);
            prop_assert_eq!(opaque_string(&once), once);
        }
    }
}
