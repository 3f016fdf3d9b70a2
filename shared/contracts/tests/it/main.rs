//! The JSON of every message, the AsyncAPI document and the descriptors.
//!
//! `UPDATE_DOCS=1` rewrites the files that the tests compare with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read UPDATE_DOCS"
)]

mod asyncapi;
mod descriptors;
mod golden;
mod samples;

/// Whether to rewrite the files instead of comparing them.
fn updating() -> bool {
    std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1")
}

/// A file of the repository.
fn file(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
