//! Words that STYLE.md and docs/glossary.md replace. They are matched in names, comments and documents, not in string
//! literals, quotations and demo data.

use super::Finding;
use super::sources::Source;

/// The word, or the words in sequence, and what to use instead.
const BANNED: [(&str, &str); 39] = [
    ("postman", "email sender"),
    ("looker", "lookup worker"),
    ("sealer", "key encryption"),
    ("stray", "orphan"),
    ("strays", "orphans"),
    ("stubbornly", "with retry"),
    ("news", "event, notification"),
    ("tell", "publish, report, notify"),
    ("tells", "publishes, reports, notifies"),
    ("told", "published, reported, notified"),
    ("by lot", "at random"),
    ("lots", "rng"),
    ("whoever", "anyone who, the caller"),
    ("she", "they"),
    ("her", "their, them"),
    ("hers", "theirs"),
    ("herself", "themselves"),
    ("seen to", "handled"),
    ("by hand", "by an operator, manually"),
    ("house", "cluster, project"),
    ("houses", "clusters"),
    ("room", "capacity, slot"),
    ("rooms", "slots"),
    ("door", "entry point, concurrency limit"),
    ("doors", "entry points"),
    ("harm", "fault"),
    ("harms", "faults"),
    ("harmed", "faulty"),
    ("witness", "history, checker"),
    ("witnesses", "checkers"),
    ("town", "fixture"),
    ("dice", "rng"),
    ("weather", "network faults"),
    ("wants to hear", "requires, expects"),
    ("says no", "rejects, refuses, declines"),
    ("say no", "reject, refuse, decline"),
    ("said no", "rejected, refused, declined"),
    ("somanieth", "n-th"),
    ("manieth", "n-th"),
];

/// The lists themselves, and demo data.
const EXEMPT: [&str; 5] = [
    "STYLE.md",
    "docs/glossary.md",
    "xtask/src/tidy/words.rs",
    "services/catalog/seed/",
    "services/catalog/src/seed/",
];

const EXTENSIONS: [&str; 11] = [
    "rs", "md", "toml", "yml", "yaml", "sql", "proto", "json", "sh", "svg", "html",
];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .filter(|source| !EXEMPT.iter().any(|path| source.path.starts_with(path)))
        .filter(|source| is_prose(&source.path))
        .flat_map(findings)
        .collect()
}

fn is_prose(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    EXTENSIONS.contains(&extension) || path.ends_with("Dockerfile")
}

fn findings(source: &Source) -> Vec<Finding> {
    let is_document = source.path.ends_with(".md");
    let text = if source.is_rust() {
        &source.names_and_comments
    } else {
        &source.text
    };
    let mut findings = Vec::new();
    if let Some((word, instead)) = banned(&words(&source.path)) {
        findings.push(finding(source, 0, word, instead));
    }
    for (number, line) in text.lines().enumerate() {
        let line = if is_document {
            without_quotations(line)
        } else {
            line.to_owned()
        };
        if let Some((word, instead)) = banned(&words(&line)) {
            findings.push(finding(source, number + 1, word, instead));
        }
    }
    findings
}

fn finding(source: &Source, line: usize, word: &str, instead: &str) -> Finding {
    Finding::new(
        &source.path,
        line,
        format!("`{word}` is not a word of STYLE.md and docs/glossary.md"),
        format!("write: {instead}"),
    )
}

/// The first banned word of a line.
fn banned(words: &[String]) -> Option<(&'static str, &'static str)> {
    // An address has a house number.
    let text = format!(" {} ", words.join(" ")).replace(" house number ", " ");
    BANNED.into_iter().find(|(banned, _)| {
        text.match_indices(banned).any(|(start, word)| {
            text[..start].ends_with(' ') && text[start + word.len()..].starts_with(' ')
        })
    })
}

/// The parts of names and text, in lower case: `HouseKeeper` and `house_keeper` have two.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in line.chars() {
        let starts_word = c.is_uppercase() && word.ends_with(char::is_lowercase);
        if (starts_word || !c.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word).to_lowercase());
        }
        if c.is_alphabetic() {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word.to_lowercase());
    }
    words
}

/// The line without what stands between two quotation marks.
fn without_quotations(line: &str) -> String {
    line.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    fn places_of(path: &str, text: &str) -> Vec<String> {
        places(&check(&[Source::new(path, text)]))
    }

    #[test]
    fn a_banned_word_in_a_comment_is_caught() {
        let code = "// Rests while\n// the house is quiet.\nfn f() {}\n";
        assert_eq!(places_of("gateway/src/a.rs", code), ["gateway/src/a.rs:2"]);
    }

    #[test]
    fn a_banned_word_in_a_name_is_caught() {
        let code = "fn wait_for_news() {}\nstruct DiceRoll;\nfn redrive_by_hand() {}\n";
        let found = places_of("gateway/src/a.rs", code);
        assert_eq!(
            found,
            [
                "gateway/src/a.rs:1",
                "gateway/src/a.rs:2",
                "gateway/src/a.rs:3"
            ]
        );
    }

    #[test]
    fn a_banned_word_in_a_file_name_is_caught() {
        assert_eq!(
            places_of("e2e/prove/src/witness.rs", ""),
            ["e2e/prove/src/witness.rs:0"]
        );
    }

    #[test]
    fn a_banned_word_in_a_document_is_caught() {
        assert_eq!(
            places_of("docs/a.md", "The customer and her bank.\n"),
            ["docs/a.md:1"]
        );
    }

    #[test]
    fn literals_quotations_and_demo_data_are_exempt() {
        let code = "const NAME: &str = \"House Blend\";\nfn other() {} // a lighthouse\n";
        assert!(places_of("gateway/src/a.rs", code).is_empty());
        assert!(places_of("docs/a.md", "It prints \"says no\".\n").is_empty());
        assert!(places_of("docs/a.md", "Street and house number.\n").is_empty());
        let json = "{\"description\": \"her bank\"}\n";
        assert_eq!(
            places_of("docs/openapi.json", json),
            ["docs/openapi.json:1"]
        );
        assert!(places_of("services/catalog/seed/a.toml", "our house espresso\n").is_empty());
    }
}
