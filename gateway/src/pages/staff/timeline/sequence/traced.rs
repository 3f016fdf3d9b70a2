//! What only spans show: calls to the provider, mails, and deliveries that failed.

use super::{Lane, Message, Note, Phase, Row, Shape, Tone, Trace};
use crate::pages::staff::timeline::span::Span;

/// Puts the rows of spans in their places.
pub(super) fn add(phases: &mut [Phase], trace: &Trace<'_>) {
    let calls = trace.provider_calls().map(provider_call);
    let mails = trace.mails().map(|(span, kind)| mail(span, kind));
    let failed = trace.failed_handlings();
    let failed = failed.map(|(span, lane, message)| failed_handling(span, lane, message));
    for row in calls.chain(mails).chain(failed) {
        insert(phases, row);
    }
}

/// Into the last phase that had begun, after all that happened before.
fn insert(phases: &mut [Phase], row: Row) {
    let has_begun = |phase: &Phase| phase.begin() <= row.at();
    let index = phases.iter().rposition(has_begun);
    if let Some(phase) = index.and_then(|index| phases.get_mut(index)) {
        let later = phase.rows.iter().position(|other| other.at() > row.at());
        phase.rows.insert(later.unwrap_or(phase.rows.len()), row);
    }
}

fn tone(span: &Span) -> Tone {
    if span.is_error {
        Tone::Failed
    } else {
        Tone::Plain
    }
}

fn provider_call(span: &Span) -> Row {
    let label = if span.is_error { "Call failed" } else { "Call" };
    Row::Message(Message {
        at: span.start,
        from: Lane::Payment,
        to: Lane::Provider,
        shape: Shape::Call,
        tone: tone(span),
        label: label.to_owned(),
        name: span.name.clone(),
        took: Some(span.duration),
        delivery: None,
        detail: String::new(),
    })
}

fn mail(span: &Span, kind: &str) -> Row {
    let label = if span.is_error { "Mail failed" } else { "Mail" };
    Row::Message(Message {
        at: span.start,
        from: Lane::User,
        to: Lane::People,
        shape: Shape::Call,
        tone: tone(span),
        label: format!("{label}: {}", kind.replace('_', " ")),
        name: span.name.clone(),
        took: Some(span.duration),
        delivery: None,
        detail: String::new(),
    })
}

fn failed_handling(span: &Span, lane: Lane, message: &str) -> Row {
    Row::Note(Note {
        at: span.start,
        lane,
        tone: Tone::Failed,
        text: "Handling failed".to_owned(),
        detail: format!("{message}: delivered again later, or a dead letter"),
        is_milestone: false,
    })
}
