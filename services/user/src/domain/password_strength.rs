//! Refuses passwords that an attacker tries first (NIST SP 800-63B, 5.1.1.2): common and breached ones, repetitions,
//! sequences, and what is known of the account. Twelve characters alone do not rule out `Password1234`.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One word a line; lines with `#` are comments.
const COMMON: &str = include_str!("../../data/common_passwords.txt");
/// Alphabets and rows of keyboards, also read backwards.
const SEQUENCES: [&str; 9] = [
    "abcdefghijklmnopqrstuvwxyz",
    "012345678901234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];
/// The longest unit whose repetition is a guess: `abcdabcdabcd`.
const MAX_UNIT: usize = 4;
/// Fewer characters of a sequence are a coincidence.
const MIN_RUN: usize = 3;
/// The length of the longest sequence.
const MAX_RUN: usize = 28;
/// A password of this many listed words is a guess; of more, it is a passphrase.
const MAX_WORDS: usize = 2;
/// Shorter names are a part of too many words.
const MIN_KNOWN: usize = 4;
/// What a password must have beside a name that is known.
const MIN_REST: usize = 6;
const SHOP: &str = "mercantile";

static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = COMMON.lines().filter(|line| !line.starts_with('#'));
    lines.map(core).filter(|word| !word.is_empty()).collect()
});

/// Whether someone who knows `known`, such as the name and the address of the account, guesses the password
/// early. The time grows with the square of the length, so callers check the length first.
pub(super) fn is_guessable(password: &str, known: &[&str]) -> bool {
    let lower = password.to_lowercase();
    let letters: Vec<char> = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    is_repetition(&lower)
        || letters.len() < MIN_KNOWN
        || is_sequence(&letters)
        || is_of_words(&core(&lower), MAX_WORDS)
        || known
            .iter()
            .chain([&SHOP])
            .any(|name| is_around(&lower, name))
}

/// A text as an attacker varies it: without the digits and signs around it, without punctuation, and with letters in
/// place of the digits and signs that look like them.
fn core(text: &str) -> String {
    text.to_lowercase()
        .trim_matches(|c: char| !c.is_alphabetic() && c != '@' && c != '$')
        .chars()
        .filter_map(as_letter)
        .collect()
}

fn as_letter(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        // `l` too, because `1` stands for both.
        '1' | '!' | 'l' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c if c.is_alphanumeric() => c,
        _ => return None,
    })
}

fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=MAX_UNIT.min(chars.len() / 2)).any(|unit| {
        chars
            .iter()
            .zip(chars.iter().skip(unit))
            .all(|(one, next)| one == next)
    })
}

/// Whether runs of the sequences make up the text.
fn is_sequence(letters: &[char]) -> bool {
    let mut rest = letters;
    while !rest.is_empty() {
        let run = (MIN_RUN..=rest.len().min(MAX_RUN))
            .rev()
            .find(|&length| rest.get(..length).is_some_and(is_run));
        let Some(next) = run.and_then(|length| rest.get(length..)) else {
            return false;
        };
        rest = next;
    }
    true
}

fn is_run(letters: &[char]) -> bool {
    let forwards: String = letters.iter().collect();
    let backwards: String = letters.iter().rev().collect();
    SEQUENCES
        .iter()
        .any(|sequence| sequence.contains(&forwards) || sequence.contains(&backwards))
}

/// Whether at most `words` listed words make up the text.
fn is_of_words(text: &str, words: usize) -> bool {
    if WORDS.contains(text) {
        return true;
    }
    words > 1
        && text.char_indices().skip(1).any(|(at, _)| {
            let (head, tail) = text.split_at(at);
            WORDS.contains(head) && is_of_words(tail, words - 1)
        })
}

/// Whether the text is a known name with little around it.
fn is_around(text: &str, name: &str) -> bool {
    let (text, name) = (plain(text), plain(name));
    name.chars().count() >= MIN_KNOWN
        && text.contains(&name)
        && text.replace(&name, "").chars().count() < MIN_REST
}

fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: [&str; 2] = ["ada.lovelace", "Ada King"];

    #[test]
    fn common_passwords_are_guessable_however_they_are_decorated() {
        for password in [
            "password1234",
            "Password1234!",
            "P@ssw0rd2024!!",
            "!!!PASSWORD!!!",
            "p-a-s-s-w-o-r-d-1",
            "welcome123456",
            "iloveyou1234",
            "sunshine-dragon",
            "passwordpassword",
            "letmein letmein",
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple",
        ] {
            assert!(is_guessable(password, &[]), "{password}");
        }
    }

    #[test]
    fn repetitions_and_sequences_are_guessable() {
        for password in [
            "            ",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "12341234123412",
            "!!!!!!!!!!!!!",
            "123456789012",
            "987654321098",
            "abcdefghijkl",
            "qwertyuiop12345",
            "1q2w3e4r5t6y",
            "asdfghjklasdfghjkl",
        ] {
            assert!(is_guessable(password, &[]), "{password}");
        }
    }

    #[test]
    fn the_account_and_the_shop_are_no_passwords() {
        for password in [
            "ada.lovelace",
            "AdaLovelace1",
            "ada-lovelace-99",
            "adaking.2024",
            "mercantile12",
        ] {
            assert!(is_guessable(password, &KNOWN), "{password}");
        }
        assert!(!is_guessable("ada lovelace met mr babbage", &KNOWN));
    }

    #[test]
    fn passphrases_and_random_passwords_are_accepted() {
        for password in [
            "correct-horse-battery",
            "correct-horse-battery-staff",
            "a password of mine",
            "a-load-test-has-no-secrets",
            "purple monkey dishwasher",
            "xK9#mQ2$vL7p",
            "Crème-brûlée-77",
            "пароль для магазина",
        ] {
            assert!(!is_guessable(password, &KNOWN), "{password}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_has_hundreds_of_words() {
        let lines: Vec<&str> = COMMON.lines().filter(|l| !l.starts_with('#')).collect();
        assert!(lines.is_sorted());
        assert!(WORDS.len() > 300);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_check_panic(password in "\\PC{0,128}", name in "\\PC{0,40}") {
            let _ = is_guessable(&password, &[&name]);
        }

        #[test]
        fn a_common_word_with_digits_around_it_is_guessable(
            index in any::<prop::sample::Index>(),
            before in "[0-9]{0,4}",
            after in "[0-9!?.]{0,8}",
        ) {
            let words: Vec<&str> = COMMON.lines().filter(|l| !l.starts_with('#')).collect();
            let password = format!("{before}{}{after}", index.get(&words));
            prop_assert!(is_guessable(&password, &[]), "{}", password);
        }
    }
}
