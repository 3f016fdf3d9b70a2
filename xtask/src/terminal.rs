//! Prints status lines in cargo's format, with colors if the output is a terminal.
//!
//! Errors of the output are ignored: a closed terminal must not prevent the cleanup.

use std::io::{IsTerminal, Write, stdout};
use std::sync::OnceLock;

/// ANSI colors of the process names in the log.
const PALETTE: [u8; 6] = [36, 33, 35, 32, 34, 31];

/// Prints one line.
pub fn line(text: impl AsRef<str>) {
    let mut out = stdout().lock();
    let _closed_terminal = writeln!(out, "{}", text.as_ref());
    let _closed_terminal = out.flush();
}

/// Prints the beginning of a line that a person completes.
pub(crate) fn prompt(text: &str) {
    let mut out = stdout().lock();
    let _closed_terminal = write!(out, "{text}");
    let _closed_terminal = out.flush();
}

/// Prints `      Verb what`, the verb in bold green, aligned like cargo's.
pub fn status(verb: &str, what: impl AsRef<str>) {
    line(format!(
        "{} {}",
        paint("1;32", &format!("{verb:>12}")),
        what.as_ref()
    ));
}

/// Prints a warning.
pub fn warning(what: impl AsRef<str>) {
    line(format!(
        "{} {}",
        paint("1;33", &format!("{:>12}", "Warning")),
        what.as_ref()
    ));
}

/// Prints a failure.
pub fn failure(what: impl AsRef<str>) {
    line(format!(
        "{} {}",
        paint("1;31", &format!("{:>12}", "Failed")),
        what.as_ref()
    ));
}

/// `name` in the color of the `index`-th process.
pub(crate) fn name_color(index: usize, name: &str) -> String {
    let color = PALETTE.get(index % PALETTE.len()).copied().unwrap_or(37);
    paint(&color.to_string(), name)
}

/// `text` in bold.
pub(crate) fn bold(text: &str) -> String {
    paint("1", text)
}

fn paint(code: &str, text: &str) -> String {
    if colored() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Whether the output is a terminal and `NO_COLOR` is not set (<https://no-color.org>).
pub(crate) fn colored() -> bool {
    static COLORED: OnceLock<bool> = OnceLock::new();
    *COLORED.get_or_init(|| std::env::var_os("NO_COLOR").is_none() && stdout().is_terminal())
}
