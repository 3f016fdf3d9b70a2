//! Reconciliations of the shop's payments with the provider's.

use askama::Template;
use kernel::Currency;

use super::{layout::Layout, member::Member};
use crate::{
    model::{Difference, Money, Reconciliation, ReconciliationReport, ReconciliationStatus},
    pages::{Answer, filters, form::Form, format, notice, page, see_other},
    rest::{
        reconciliations::Id,
        request::{Query, Segment},
    },
};

const PATH: &str = "/staff/reconciliations";

#[derive(Template)]
#[template(path = "staff/reconciliations.html")]
struct ReconciliationsPage {
    layout: Layout,
    runs: Vec<Reconciliation>,
    next: Option<String>,
    is_first: bool,
}

#[derive(Template)]
#[template(path = "staff/reconciliation.html")]
struct ReconciliationPage {
    layout: Layout,
    run: Reconciliation,
    rows: Vec<Row>,
}

/// A difference, in words.
struct Row {
    kind: &'static str,
    meaning: &'static str,
    ours: String,
    theirs: String,
    difference: Difference,
}

impl From<Difference> for Row {
    fn from(difference: Difference) -> Self {
        let (kind, meaning) = words(&difference.kind);
        Self {
            kind,
            meaning,
            ours: readable(&difference.ours),
            theirs: readable(&difference.theirs),
            difference,
        }
    }
}

/// Lists reconciliations, newest first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let links = notice::finish(query)?;
    let listed = member.upstreams().reconciliation().list(wanted).await?;
    page(&ReconciliationsPage {
        layout: member.layout()?,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        runs: listed.reconciliations,
        is_first,
    })
}

/// Starts a reconciliation, or leads to the one that runs.
pub(crate) async fn start(member: Member, _form: Form) -> Answer {
    let run = member.upstreams().reconciliation().start().await?;
    let path = format!("{PATH}/{}", run.id);
    see_other(&notice::path(&path, "reconciliation-started"))
}

/// Shows a reconciliation with its differences.
pub(crate) async fn show(member: Member, Segment(Id(id)): Segment<Id>) -> Answer {
    let report = member.upstreams().reconciliation().get(id).await?;
    let ReconciliationReport {
        reconciliation,
        differences,
    } = report;
    page(&ReconciliationPage {
        layout: member.layout()?,
        run: reconciliation,
        rows: differences.into_iter().map(Row::from).collect(),
    })
}

/// The result of a run, and its class in style sheets.
fn result(run: &Reconciliation) -> (String, &'static str) {
    match (run.status, run.differences) {
        (ReconciliationStatus::Running, _) => ("Running".to_owned(), "pending"),
        (ReconciliationStatus::Failed, _) => ("Failed".to_owned(), "failed"),
        (ReconciliationStatus::Completed, 0) => ("No differences".to_owned(), "ok"),
        (ReconciliationStatus::Completed, count) => {
            let text = format::count(count, "difference", "differences");
            (text, "warning")
        }
    }
}

/// The kind of a difference, and what it means.
fn words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "missing_at_provider" => (
            "Missing at the provider",
            "The shop has a payment that the provider does not have.",
        ),
        "unknown_to_us" => (
            "Unknown to the shop",
            "The provider has an intent that no payment refers to.",
        ),
        "missing_at_shop" => (
            "Missing in the shop",
            "The provider has money for a payment that the shop does not have.",
        ),
        "status" => ("Status", "The two sides disagree about the status."),
        "amount" => ("Amount", "The amounts or their currencies differ."),
        "captured" => ("Captured amount", "Not the same amount was captured."),
        "refunded" => ("Refunded amount", "Not the same amount was refunded."),
        "ledger" => ("Ledger", "The shop's bookings do not match its payment."),
        _ => ("Another difference", ""),
    }
}

/// A value of a report, with its amounts as money: `captured, 1299 EUR` is `captured, €12.99`.
fn readable(value: &str) -> String {
    let words: Vec<_> = value.split(' ').collect();
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let unit = words.get(at + 1).copied().unwrap_or_default();
        let code = unit.trim_end_matches([',', ';']);
        match (word.parse(), code.parse::<Currency>()) {
            (Ok(minor_units), Ok(currency)) => {
                let currency = currency.code().to_owned();
                let amount = format::money(&Money {
                    minor_units,
                    currency,
                });
                let rest = unit.strip_prefix(code).unwrap_or_default();
                texts.push(format!("{amount}{rest}"));
                at += 2;
            }
            _ => {
                texts.push(word.replace('_', " "));
                at += 1;
            }
        }
    }
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_a_report_are_written_as_money() {
        for (value, text) in [
            ("1299 EUR", "\u{20ac}12.99"),
            ("captured, 1299 EUR", "captured, \u{20ac}12.99"),
            ("requires_capture", "requires capture"),
            (
                "sales -500 EUR, refunds 0 EUR",
                "sales \u{2212}\u{20ac}5.00, refunds \u{20ac}0.00",
            ),
            ("", ""),
        ] {
            assert_eq!(readable(value), text);
        }
    }
}
