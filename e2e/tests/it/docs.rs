//! `docs/errors.md` is what the code says. `UPDATE_DOCS=1` rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chassis::status::Reason;
use gateway::problem::reasons::{ALL, Kind};

const PATH: &str = "docs/errors.md";

const INTRODUCTION: &str = "# Errors

Every error of the API is a problem document (RFC 9457, `application/problem+json`). Compare its `type`, which never changes its meaning. `title` and `detail` are for people and may change. `errors` names the fields that are wrong, `trace_id` finds the request in logs and traces, and a `Retry-After` header says when trying again makes sense.

A service says no with a gRPC status and the reason in its `ErrorInfo`; the gateway turns it into a problem. *From* names who says it: `gateway` for the request itself, `any` for what every process may say, `each` for what every service says to its operators.

This table is made from the code: change it there, then run `UPDATE_DOCS=1 cargo nextest run -p e2e docs`.

";

/// Who says no with what.
fn sources() -> [(&'static str, &'static [Reason]); 6] {
    [
        ("user", user::REASONS),
        ("catalog", catalog::REASONS),
        ("order", order::REASONS),
        ("payment", payment::REASONS),
        ("each", operations::REASONS),
        ("any", chassis::status::REASONS),
    ]
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("| reason | type | HTTP | gRPC | from | when |\n|---|---|---|---|---|---|\n");
    for kind in ALL {
        text.push_str(&row(kind));
    }
    text
}

fn row(kind: &Kind) -> String {
    let said: Vec<_> = sources()
        .into_iter()
        .flat_map(|(source, reasons)| reasons.iter().map(move |reason| (source, reason)))
        .filter(|(_, (reason, ..))| *reason == kind.reason)
        .collect();
    let beginning = format!("| `{}` | `{}` | {} ", kind.reason, kind.uri(), kind.status);
    let Some((_, (_, code, _))) = said.first() else {
        return format!("{beginning}| | gateway | {} |\n", kind.title);
    };
    let from: Vec<_> = said.iter().map(|(source, _)| *source).collect();
    let when: Vec<_> = said.iter().map(|(_, (_, _, when))| *when).collect();
    let (from, when) = (from.join("<br>"), when.join("<br>"));
    format!("{beginning}| `{code:?}` | {from} | {when} |\n")
}

#[test]
fn the_table_of_errors_is_the_one_in_docs() {
    let document = document();
    let path = file(PATH);
    if updating() {
        fs::write(&path, &document).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == document,
        "{PATH} is not what the code says; run this test with UPDATE_DOCS=1"
    );
}

#[expect(clippy::disallowed_methods, reason = "asked once, by a developer")]
fn updating() -> bool {
    std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1")
}

#[test]
fn the_gateway_knows_every_reason() {
    let known: BTreeSet<_> = ALL.iter().map(|kind| kind.reason).collect();
    let mut unknown = Vec::new();
    for (source, reasons) in sources() {
        for (reason, ..) in reasons {
            if !known.contains(reason) {
                unknown.push(format!("{reason} of {source}"));
            }
        }
    }
    assert_eq!(
        unknown,
        Vec::<String>::new(),
        "add them to gateway/src/edge/problem/reasons.rs"
    );
}

#[test]
fn a_reason_has_the_same_code_wherever_it_comes_from() {
    let mut codes = BTreeMap::new();
    for (source, reasons) in sources() {
        for (reason, code, _) in reasons {
            let first = codes.entry(reason).or_insert(*code);
            assert_eq!(first, code, "{reason} of {source}");
        }
    }
}

/// A reason that a service writes in its gRPC code and does not list would be missing in the docs.
#[test]
fn every_reason_in_the_code_of_a_service_is_listed() {
    let mut unlisted = Vec::new();
    for (source, reasons) in sources() {
        let listed: BTreeSet<_> = reasons
            .iter()
            .chain(chassis::status::REASONS)
            .map(|(reason, ..)| *reason)
            .collect();
        let folders = match source {
            "any" => vec![file("shared/chassis/src"), file("shared/upstream/src")],
            "each" => vec![file("shared/operations/src")],
            service => vec![file(&format!("services/{service}/src"))],
        };
        for text in folders.iter().flat_map(|folder| rust_files(folder)) {
            let code = text.split("#[cfg(test)]").next().unwrap();
            unlisted.extend(
                reasons_given_in(code)
                    .filter(|reason| !listed.contains(reason))
                    .map(|reason| format!("{reason} of {source}")),
            );
        }
    }
    assert_eq!(unlisted, Vec::<String>::new());
}

/// Literals that stand where a `Reject` takes its reason: `Reject::not_found("ORDER_NOT_FOUND", ..)`.
fn reasons_given_in(code: &str) -> impl Iterator<Item = &str> {
    code.split("Reject::").skip(1).filter_map(|call| {
        let (_, arguments) = call.split_once('(')?;
        let literal = arguments
            .split(',')
            .find_map(|argument| argument.trim().strip_prefix('"')?.strip_suffix('"'))?;
        let is_reason =
            literal.len() > 2 && literal.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        is_reason.then_some(literal)
    })
}

fn rust_files(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push(fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!texts.is_empty(), "{} has no code", folder.display());
    texts
}
