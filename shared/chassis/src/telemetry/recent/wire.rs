//! Spans and traces as their proto types, for services and the gateway.

use chrono::{DateTime, Utc};
use contracts::convert::timestamp;
use contracts::operations::v1;

use super::{Duration, FinishedSpan, SystemTime, TraceSummary};

impl From<&TraceSummary> for v1::Trace {
    fn from(trace: &TraceSummary) -> Self {
        let first = &trace.first;
        let duration = trace.ended_at.duration_since(first.started_at);
        Self {
            trace_id: format!("{:032x}", first.trace_id),
            name: first.name.to_string(),
            began_here: first.parent_span_id.is_none(),
            correlation: optional(trace.correlation.as_deref()),
            started_at: Some(time(first.started_at)),
            duration_us: micros(duration.unwrap_or_default()),
            failed: trace.has_failed,
            spans: u32::try_from(trace.spans).unwrap_or(u32::MAX),
        }
    }
}

impl From<&FinishedSpan> for v1::Span {
    fn from(span: &FinishedSpan) -> Self {
        let parent = span.parent_span_id.map(|id| format!("{id:016x}"));
        let attributes = span.attributes.iter();
        Self {
            span_id: format!("{:016x}", span.span_id),
            parent_span_id: parent.unwrap_or_default(),
            name: span.name.to_string(),
            kind: span.kind.to_owned(),
            started_at: Some(time(span.started_at)),
            duration_us: micros(span.duration),
            failed: span.has_failed,
            correlation: optional(span.correlation.as_deref()),
            attributes: attributes
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        }
    }
}

/// The number of a trace id, of 32 hex digits.
#[must_use]
pub fn parse_trace_id(text: &str) -> Option<u128> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok())?
}

fn optional(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn time(time: SystemTime) -> prost_types::Timestamp {
    timestamp(DateTime::<Utc>::from(time))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_has_32_hex_digits() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(
            parse_trace_id(id),
            Some(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)
        );
        for bad in ["", &id[1..], &format!("+{}", &id[1..]), &format!("{id}0")] {
            assert_eq!(parse_trace_id(bad), None, "{bad}");
        }
    }
}
