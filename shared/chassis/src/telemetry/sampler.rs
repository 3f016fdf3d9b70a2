use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// Follows who decided before: the parent, or else those that the span joins by links. Where nobody
/// did, a share of the traces is recorded.
#[derive(Debug, Clone)]
pub(super) struct Following {
    share: Sampler,
}

impl Following {
    /// `ratio` is 0 to 1.
    pub(super) fn new(ratio: f64) -> Self {
        Self {
            share: Sampler::TraceIdRatioBased(ratio),
        }
    }
}

impl ShouldSample for Following {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let parent = parent.filter(|context| context.has_active_span());
        let decided = match parent {
            Some(parent) => parent.span().span_context().is_sampled(),
            None if links.is_empty() => {
                let share = &self.share;
                return share.should_sample(None, trace_id, name, kind, attributes, links);
            }
            None => links.iter().any(|link| link.span_context.is_sampled()),
        };
        let state = parent.map(|parent| parent.span().span_context().trace_state().clone());
        SamplingResult {
            decision: match decided {
                true => SamplingDecision::RecordAndSample,
                false => SamplingDecision::Drop,
            },
            attributes: Vec::new(),
            trace_state: state.unwrap_or(TraceState::NONE),
        }
    }
}
