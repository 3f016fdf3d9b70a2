use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// Keeps the decision of the parent, or else records if any linked trace is recorded. A new trace is
/// recorded with the configured probability.
#[derive(Debug, Clone)]
pub(super) struct InheritingSampler {
    ratio: Sampler,
}

impl InheritingSampler {
    /// `ratio` is the share of new traces to record, 0 to 1.
    pub(super) fn new(ratio: f64) -> Self {
        Self {
            ratio: Sampler::TraceIdRatioBased(ratio),
        }
    }
}

impl ShouldSample for InheritingSampler {
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
                let ratio = &self.ratio;
                return ratio.should_sample(None, trace_id, name, kind, attributes, links);
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
