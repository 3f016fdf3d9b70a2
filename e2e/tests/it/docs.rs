//! `docs/errors.md` is generated from the code. `UPDATE_DOCS=1` rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chassis::status::Reason;
use gateway::problem::reasons::{ALL, Kind};

const PATH: &str = "docs/errors.md";

const INTRODUCTION: &str = "# Errors

Every error of the API is a problem document (RFC 9457, `application/problem+json`). Compare its `type`, which is stable. `title` and `detail` are texts for people and may change. `errors` lists the invalid fields, `trace_id` identifies the request in logs and traces, and `Retry-After` is the time until a retry makes sense.

A service rejects a request with a gRPC status and a reason in `ErrorInfo`; the gateway converts it to a problem. *From* is the source of the reason: `gateway` for the request itself, `any` for every process, `each` for the operator RPCs of every service.

A checkout that fails after `POST /api/v1/orders` has accepted it is not a problem: the order becomes `rejected`, and its `reason` says why, such as `out_of_stock`.

This table is generated from the code: change it there, then run `UPDATE_DOCS=1 cargo xtask test -- -p e2e docs`.

";

/// The reasons of each source.
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
    let listed: Vec<_> = sources()
        .into_iter()
        .flat_map(|(source, reasons)| reasons.iter().map(move |reason| (source, reason)))
        .filter(|(_, (reason, ..))| *reason == kind.reason)
        .collect();
    let beginning = format!("| `{}` | `{}` | {} ", kind.reason, kind.uri(), kind.status);
    let Some((_, (_, code, _))) = listed.first() else {
        return format!("{beginning}| | gateway | {} |\n", kind.title);
    };
    let from: Vec<_> = listed.iter().map(|(source, _)| *source).collect();
    let when: Vec<_> = listed.iter().map(|(_, (_, _, when))| *when).collect();
    let (from, when) = (from.join("<br>"), when.join("<br>"));
    format!("{beginning}| `{code:?}` | {from} | {when} |\n")
}

#[test]
fn docs_errors_md_is_up_to_date() {
    check_generated(PATH, &document(), "docs");
}

/// Asserts that a generated file has this content, or writes it with `UPDATE_DOCS=1`. `filter` runs the test.
#[track_caller]
pub(crate) fn check_generated(path: &str, expected: &str, filter: &str) {
    let kept = file(path);
    if updating() {
        fs::write(&kept, expected).unwrap();
    }
    let actual = fs::read_to_string(&kept).unwrap_or_default();
    assert!(
        actual == expected,
        "{path} is out of date: run `UPDATE_DOCS=1 cargo xtask test -- -p e2e {filter}`"
    );
}

#[expect(clippy::disallowed_methods, reason = "reads UPDATE_DOCS")]
fn updating() -> bool {
    std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1")
}

#[test]
fn the_gateway_maps_every_reason() {
    let mapped: BTreeSet<_> = ALL.iter().map(|kind| kind.reason).collect();
    let mut unmapped = Vec::new();
    for (source, reasons) in sources() {
        for (reason, ..) in reasons {
            if !mapped.contains(reason) {
                unmapped.push(format!("{reason} of {source}"));
            }
        }
    }
    assert_eq!(
        unmapped,
        Vec::<String>::new(),
        "add them to gateway/src/edge/problem/reasons.rs"
    );
}

#[test]
fn a_reason_has_the_same_code_in_every_service() {
    let mut codes = BTreeMap::new();
    for (source, reasons) in sources() {
        for (reason, code, _) in reasons {
            let first = codes.entry(reason).or_insert(*code);
            assert_eq!(first, code, "{reason} of {source}");
        }
    }
}

/// The document would lack a reason that a service uses and does not list.
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
                reasons_in(code)
                    .filter(|reason| !listed.contains(reason))
                    .map(|reason| format!("{reason} of {source}")),
            );
        }
    }
    assert_eq!(unlisted, Vec::<String>::new());
}

/// The reasons in calls of `Reject`: `Reject::not_found("ORDER_NOT_FOUND", ..)`.
fn reasons_in(code: &str) -> impl Iterator<Item = &str> {
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
