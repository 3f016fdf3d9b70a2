//! Constants of the code that users or operators can notice.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::keys::grouped;
use super::list::TOPICS;

/// File, name, and what it limits.
pub(super) type Constant = (&'static str, &'static str, &'static str);

pub(super) fn write(page: &mut String, root: &Path) {
    page.push_str("## Constants\n");
    for (topic, constants) in TOPICS {
        write!(
            page,
            "\n### {topic}\n\n| limit | value | where |\n|---|---|---|\n"
        )
        .unwrap();
        for (file, name, limit) in *constants {
            let value = value(root, file, name);
            writeln!(page, "| {limit} | {value} | [`{name}`](../{file}) |").unwrap();
        }
    }
    page.push_str(
        "\n### Texts of requests\n\n\
         From [`kernel::values`](../shared/kernel/src/values.rs), which the services check and the OpenAPI document states.\n\n\
         | text | fewest characters | most |\n|---|---|---|\n",
    );
    for (name, value) in kernel::values::ALL {
        let (text, length) = (name.replace('-', " "), value.length());
        let most = grouped(&length.end().to_string());
        writeln!(page, "| {text} | {} | {most} |", length.start()).unwrap();
    }
}

/// The value that the source gives a constant.
pub(super) fn value(root: &Path, file: &str, name: &str) -> String {
    let source =
        fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let found = source.split("const ").skip(1).find_map(|rest| {
        let (declared, rest) = rest.split_once(": ")?;
        let (_, expression) = rest.split_once(" = ")?;
        let (expression, _) = expression.split_once(';')?;
        (declared == name).then(|| readable(expression.trim()))
    });
    found.unwrap_or_else(|| panic!("{file} has no constant {name}"))
}

/// `Duration::from_secs(15)` as `15 s`, `64 * 1024` as `65,536`.
fn readable(expression: &str) -> String {
    const UNITS: [(&str, &str); 2] = [
        ("Duration::from_secs", " s"),
        ("Duration::from_millis", " ms"),
    ];
    let unit = UNITS.iter().find_map(|(call, unit)| {
        let inner = expression.strip_prefix(call)?.strip_prefix('(')?;
        Some((inner.strip_suffix(')')?, *unit))
    });
    let (number, unit) = unit.unwrap_or((expression, ""));
    let factors: Option<Vec<u64>> = number
        .replace('_', "")
        .split(" * ")
        .map(|factor| factor.parse().ok())
        .collect();
    match factors {
        Some(factors) => format!(
            "{}{unit}",
            grouped(&factors.iter().product::<u64>().to_string())
        ),
        None => format!("`{expression}`"),
    }
}
