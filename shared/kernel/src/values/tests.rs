use proptest::prelude::*;
use proptest::string::string_regex;
use regex::Regex;

use super::*;

fn pattern_matches(value: Value, text: &str) -> bool {
    let length = value.length().contains(&text.chars().count());
    length
        && Regex::new(value.pattern())
            .expect("a pattern")
            .is_match(text)
}

#[test]
fn identifiers_are_what_their_pattern_says() {
    for (name, value) in ALL {
        if !matches!(value.kind, Kind::Identifier(_)) {
            continue;
        }
        for text in [
            "",
            "-",
            "A",
            "a-b",
            "A-B",
            "-A",
            "A-",
            "a b",
            "É",
            "a\n",
            "WELCOME10",
            "--------",
        ] {
            assert_eq!(
                value.check(text).is_ok(),
                pattern_matches(*value, text),
                "{name}: {text:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn what_is_stored_matches_its_pattern(text in ".{0,12}", at in 0..ALL.len()) {
        let (name, value) = ALL[at];
        if let Ok(stored) = value.check(&text) {
            prop_assert!(pattern_matches(value, &stored), "{}: {:?}", name, stored);
        }
    }

    #[test]
    fn what_matches_a_pattern_is_accepted(
        (at, text) in (0..ALL.len()).prop_flat_map(|at| {
            // The generator has no anchors.
            let pattern = ALL[at].1.pattern().trim_start_matches('^').trim_end_matches('$');
            let text = string_regex(pattern).expect("a pattern");
            (Just(at), text)
        }),
    ) {
        let (name, value) = ALL[at];
        prop_assume!(value.length().contains(&text.chars().count()));
        // A schema cannot say where an invisible character is needed.
        let is_exception = matches!(
            value.check(&text),
            Err(ValueError::Text(TextError::Invisible(_) | TextError::Length { .. } | TextError::Blank | TextError::NoLetter))
        );
        prop_assert!(is_exception || value.check(&text).is_ok(), "{}: {:?}: {:?}", name, text, value.check(&text));
    }
}
