//! Hand-written files have at most 500 lines, and about 120 in the median.

use super::{Finding, Source};

const LIMIT: usize = 500;
const AIM: usize = 120;

/// Extensions of hand-written files.
const KINDS: [&str; 9] = [
    ".rs", ".proto", ".sql", ".sh", ".js", ".css", ".html", ".tf", ".py",
];

fn is_hand_written(source: &Source) -> bool {
    // diesel generates the schemas.
    KINDS.iter().any(|kind| source.path.ends_with(kind)) && !source.path.ends_with("/schema.rs")
}

fn lengths(sources: &[Source]) -> Vec<(usize, &str)> {
    let written = sources.iter().filter(|source| is_hand_written(source));
    let mut lengths: Vec<_> = written
        .map(|source| (source.text.lines().count(), source.path.as_str()))
        .collect();
    lengths.sort_unstable();
    lengths
}

/// Files over the limit.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let too_long = lengths(sources)
        .into_iter()
        .filter(|(lines, _)| *lines > LIMIT);
    too_long
        .map(|(lines, path)| {
            let rule = format!(
                "no hand-written file is longer than {LIMIT} lines, and this one has {lines}"
            );
            Finding::new(path, LIMIT + 1, rule, "split it by topic")
        })
        .collect()
}

/// Number, median and maximum of the lengths, in one line.
pub(super) fn report(sources: &[Source]) -> String {
    let lengths = lengths(sources);
    let median = lengths
        .get(lengths.len() / 2)
        .map_or(0, |(lines, _)| *lines);
    let total: usize = lengths.iter().map(|(lines, _)| lines).sum();
    let longest = lengths
        .last()
        .map_or_else(String::new, |(lines, path)| format!("{lines} ({path})"));
    let count = lengths.len();
    format!(
        "{count} hand-written files, {total} lines; median {median} (aim {AIM}), longest {longest}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn only_hand_written_files_over_the_limit_are_caught() {
        let long = "\n".repeat(LIMIT + 1);
        let sources = [
            "gateway/src/long.rs",
            "services/order/src/schema.rs",
            "Cargo.lock",
        ];
        let sources = sources.map(|path| Source::new(path, &long));
        assert_eq!(places(&check(&sources)), ["gateway/src/long.rs:501"]);
        assert!(check(&[Source::new("gateway/src/fits.rs", &"\n".repeat(LIMIT))]).is_empty());
    }

    #[test]
    fn the_report_names_the_median_and_the_longest() {
        let sources = [(1, "a.rs"), (2, "b.rs"), (9, "c.rs")];
        let sources = sources.map(|(lines, path)| Source::new(path, &"\n".repeat(lines)));
        assert!(report(&sources).ends_with("median 2 (aim 120), longest 9 (c.rs)"));
    }
}
