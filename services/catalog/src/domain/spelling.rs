/// A word that some product has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// In lower case.
    pub(crate) word: String,
    /// Whether it occurs in a name.
    pub(crate) in_name: bool,
}

/// The correction with the smallest edit distance, if one is small enough. Ties are broken by words of names, then by
/// the order of the candidates.
pub(crate) fn best_correction(misspelled: &str, candidates: &[Candidate]) -> Option<String> {
    let allowed = match misspelled.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .iter()
        .map(|candidate| (edit_distance(misspelled, &candidate.word), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, candidate)| (*distance, !candidate.in_name))
        .map(|(_, candidate)| candidate.word.clone())
}

/// `text` with the word `from`, in any case, replaced by `to`.
pub(crate) fn replace_word(text: &str, from: &str, to: &str) -> String {
    let text = text.to_lowercase();
    let mut replaced = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_alphanumeric() => word.push(c),
            other => {
                replaced.push_str(if word == from { to } else { &word });
                replaced.extend(other);
                word.clear();
            }
        }
    }
    replaced
}

/// Letters that were added, removed, replaced or swapped (optimal string alignment distance).
fn edit_distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let change = last[j] + usize::from(a != b);
            let mut least = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edit_distance_counts_insertions_deletions_replacements_and_swaps() {
        for (from, to, expected) in [
            ("coffee", "coffee", 0),
            ("coffe", "coffee", 1),
            ("cofefe", "coffee", 1),
            ("keybord", "keyboard", 1),
            ("", "tea", 3),
            ("tea", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edit_distance(from, to), expected, "{from} {to}");
        }
    }

    fn candidates(words: &[(&str, bool)]) -> Vec<Candidate> {
        let candidate = |(word, in_name): &(&str, bool)| Candidate {
            word: (*word).to_owned(),
            in_name: *in_name,
        };
        words.iter().map(candidate).collect()
    }

    #[test]
    fn the_nearest_word_wins_and_a_name_breaks_the_tie() {
        let near = candidates(&[("board", false), ("keyboards", false), ("keyboard", true)]);
        assert_eq!(
            best_correction("keybord", &near).as_deref(),
            Some("keyboard")
        );
        let tied = candidates(&[("cart", false), ("card", true)]);
        assert_eq!(best_correction("carx", &tied).as_deref(), Some("card"));
    }

    #[test]
    fn only_whole_words_are_replaced() {
        for (text, replaced) in [
            ("Mechanical Keybord", "mechanical keyboard"),
            ("keybord, keybords", "keyboard, keybords"),
            ("抹茶 (keybord)", "抹茶 (keyboard)"),
        ] {
            assert_eq!(replace_word(text, "keybord", "keyboard"), replaced);
        }
    }

    #[test]
    fn a_far_word_is_no_correction() {
        let far = candidates(&[("coffee", true)]);
        assert_eq!(best_correction("xyzzy", &far), None);
        assert_eq!(best_correction("of", &far), None);
        assert_eq!(best_correction("off", &far), None);
    }
}
