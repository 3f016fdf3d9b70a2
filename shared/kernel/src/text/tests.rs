use proptest::prelude::*;

use super::*;

const KINDS: [Text; 5] = [
    Text::Line,
    Text::Name,
    Text::Lines,
    Text::Search,
    Text::Code,
];

fn stored(kind: Text, text: &str) -> Result<String, TextError> {
    kind.check(text, 0..=100)
}

#[test]
fn surrounding_white_space_is_removed() {
    for kind in KINDS {
        let text = "\u{3000} WELCOME10\u{a0}";
        assert_eq!(stored(kind, text), Ok("WELCOME10".to_owned()));
        assert_eq!(stored(kind, "  "), Ok(String::new()));
    }
    for kind in [Text::Lines, Text::Search] {
        let text = "\t WELCOME10\u{a0}\r\n";
        assert_eq!(stored(kind, text), Ok("WELCOME10".to_owned()));
        assert_eq!(stored(kind, " \t\n"), Ok(String::new()));
    }
}

#[test]
fn a_text_is_composed_before_it_is_counted() {
    for kind in [Text::Line, Text::Name, Text::Lines] {
        assert_eq!(kind.check("e\u{301}", 1..=1), Ok("\u{e9}".to_owned()));
    }
    assert_eq!(
        Text::Code.check("\u{ff37}10", 1..=3),
        Ok("W10".to_owned()),
        "full-width letters are mapped"
    );
}

#[test]
fn lengths_are_reported() {
    let error = Text::Name.check("\u{a0}", 1..=10).unwrap_err();
    assert_eq!(error.to_string(), "must be 1 to 10 characters");
    let error = Text::Line.check("abc", 0..=2).unwrap_err();
    assert_eq!(error.to_string(), "must be at most 2 characters");
}

#[test]
fn only_several_lines_have_line_breaks_and_tabs() {
    for kind in [Text::Line, Text::Name, Text::Code] {
        for c in ["\n", "\r\n", "\u{b}", "\u{85}", "\u{2028}"] {
            for text in [format!("a{c}b"), format!("{c}a"), format!("a{c}")] {
                let error = stored(kind, &text).unwrap_err();
                assert_eq!(error, TextError::LineBreak, "{kind:?} {text:?}");
            }
        }
        assert!(stored(kind, "a\tb").is_err());
        assert!(stored(kind, "a\t").is_err());
    }
    assert_eq!(
        stored(Text::Lines, "a\r\nb\rc\n\td"),
        Ok("a\nb\nc\n\td".to_owned())
    );
    assert_eq!(stored(Text::Lines, "a\u{7}b"), Err(TextError::Control));
}

#[test]
fn invisible_and_direction_changing_characters_are_refused() {
    for c in [
        '\u{202A}',
        '\u{202E}',
        '\u{2066}',
        '\u{2069}',
        '\u{FEFF}',
        '\u{115F}',
        '\u{3164}',
        '\u{FFA0}',
        '\u{34F}',
        '\u{180E}',
        '\u{FE00}',
        '\u{E0041}',
        '\u{E000}',
        '\u{FFF9}',
        '\u{FFFF}',
        '\u{206A}',
        '\u{1D173}',
    ] {
        for kind in [Text::Line, Text::Name, Text::Lines] {
            let text = format!("a{c}b");
            assert_eq!(stored(kind, &text), Err(TextError::Invisible(c)), "{c:?}");
        }
        assert!(stored(Text::Code, &format!("a{c}b")).is_err(), "{c:?}");
    }
    for c in ['\u{200B}', '\u{200E}', '\u{200F}', '\u{61C}', '\u{AD}'] {
        let text = format!("a{c}b");
        assert_eq!(stored(Text::Name, &text), Err(TextError::Invisible(c)));
        assert_eq!(stored(Text::Line, &text), Err(TextError::Invisible(c)));
        assert_eq!(stored(Text::Lines, &text), Ok(text));
    }
    let error = stored(Text::Name, "\u{202E}adA").unwrap_err();
    assert_eq!(
        error.to_string(),
        "must not contain the invisible or direction-changing character U+202E"
    );
}

#[test]
fn joiners_are_kept_where_a_script_or_an_emoji_needs_them() {
    for text in [
        "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
        "\u{915}\u{94d}\u{200d}\u{937}",
        "\u{1f469}\u{200d}\u{1f680} a",
        "\u{2764}\u{fe0f} a",
        "1\u{fe0f}\u{20e3}",
    ] {
        assert_eq!(stored(Text::Name, text), Ok(text.to_owned()), "{text:?}");
    }
    for text in ["a\u{200d}b", "a\u{200c}b", "\u{200d}a", "a\u{fe0f}"] {
        assert!(stored(Text::Name, text).is_err(), "{text:?}");
    }
}

#[test]
fn a_text_shows_something_and_a_name_has_a_letter_or_digit() {
    assert_eq!(stored(Text::Line, "\u{2800}"), Err(TextError::Blank));
    assert_eq!(stored(Text::Line, "\u{301}"), Err(TextError::Blank));
    assert_eq!(stored(Text::Line, "!"), Ok("!".to_owned()));
    for text in [".", "-", "\u{2800}\u{2800}", "\u{1f600}"] {
        assert!(stored(Text::Name, text).is_err(), "{text:?}");
    }
    for text in ["7", "\u{674e}", "\u{645}", "O'Neil", "Zo\u{eb}"] {
        assert_eq!(stored(Text::Name, text), Ok(text.to_owned()));
    }
}

#[test]
fn names_and_codes_have_single_spaces() {
    for kind in [Text::Name, Text::Code] {
        assert_eq!(stored(kind, "1Z  9\u{3000} A"), Ok("1Z 9 A".to_owned()));
    }
    assert_eq!(stored(Text::Code, "GR\u{dc}N"), Err(TextError::NotAscii));
}

#[test]
fn a_pasted_search_is_cleaned() {
    for (pasted, searched) in [
        ("Node\u{ad}book", "Nodebook"),
        ("\u{feff}Coffee\tEspresso\r\n", "Coffee Espresso"),
        ("knife\u{200b}", "knife"),
        ("a\u{fe0f}\u{200d}\u{1f600}", "a\u{1f600}"),
        ("\u{200b}", ""),
    ] {
        assert_eq!(stored(Text::Search, pasted), Ok(searched.to_owned()));
    }
    // A joiner that the spelling needs stays.
    let persian = "\u{645}\u{6cc}\u{200c}\u{62e}";
    assert_eq!(stored(Text::Search, persian), Ok(persian.to_owned()));
    assert_eq!(stored(Text::Search, "a\0b"), Err(TextError::Control));
}

proptest! {
    #[test]
    fn a_stored_text_is_stored_the_same_again(text in any::<String>()) {
        for kind in KINDS {
            if let Ok(once) = kind.check(&text, 0..=200) {
                prop_assert_eq!(kind.check(&once, 0..=200), Ok(once.clone()), "{:?}", kind);
                prop_assert!(once.chars().count() <= 200);
                prop_assert!(kind == Text::Lines || !once.contains(char::is_control));
            }
        }
    }
}
