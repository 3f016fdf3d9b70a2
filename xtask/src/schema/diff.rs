/// Most lines in a diff.
const SHOWN: usize = 40;

/// The lines to remove (`-`) and to add (`+`) to change `old` to `new`, with line numbers of `old`.
pub(super) fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Length of the longest common subsequence of the remaining lines, for each pair of positions.
    let width = new.len() + 1;
    let mut common = vec![0_usize; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(format!("{:>5} - {}", i + 1, old[i]));
            i += 1;
        } else {
            lines.push(format!("{:>5} + {}", i + 1, new[j]));
            j += 1;
        }
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("      and {more} more lines"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_missing_column_is_shown() {
        let old = "table {\n    id -> Uuid,\n}\n";
        let new = "table {\n    id -> Uuid,\n    name -> Text,\n}\n";
        assert_eq!(diff(old, new), "    3 +     name -> Text,");
        assert_eq!(diff(new, old), "    3 -     name -> Text,");
        assert_eq!(diff(new, new), "");
    }

    #[test]
    fn a_changed_line_is_removed_and_added() {
        assert_eq!(diff("a\nb\nc", "a\nx\nc"), "    2 - b\n    3 + x");
    }
}
