use std::path::Path;

use ::config::{File, FileFormat, FileSourceString};

use super::ConfigError;

/// Reads the file and checks that it is TOML.
pub(super) fn read(path: &Path) -> Result<File<FileSourceString, FileFormat>, ConfigError> {
    let refuse = |cause: String| ConfigError::File {
        path: path.to_owned(),
        cause,
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let source = File::from_str(&text, FileFormat::Toml);
    ::config::Config::builder()
        .add_source(source.clone())
        .build()
        .map_err(|error| refuse(without_excerpt(&error.to_string())))?;
    Ok(source)
}

/// The message of the parser without the line of the file that it shows: the line may hold a password.
fn without_excerpt(message: &str) -> String {
    let is_excerpt = |line: &&str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
            .starts_with('|')
    };
    let lines: Vec<&str> = message.lines().filter(|line| !is_excerpt(line)).collect();
    lines.join("\n")
}
