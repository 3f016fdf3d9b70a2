//! The RPCs of the operations view: the process, its recent spans, and what the service is made of.

use chassis::admin::{self, Readiness};
use chassis::auth::Policy;
use chassis::config::InForce;
use chassis::telemetry;
use chrono::{DateTime, Utc};
use contracts::convert::timestamp;
use contracts::operations::v1::system_service_server::{SystemService, SystemServiceServer};
use contracts::operations::v1::{
    DescribeServiceRequest, DescribeServiceResponse, GetProcessRequest, GetProcessResponse,
    ListSpansRequest, ListSpansResponse, ListTracesRequest, ListTracesResponse, ReadinessCheck,
};
use kernel::{Clock, Violations};
use persistence::Database;
use tonic::{Request, Response, Status};

use crate::{reasons, store};

mod description;

/// Most bytes of the metrics in a response; a gRPC client accepts 4 MiB.
const MAX_METRICS: usize = 2 << 20;
/// Most traces of a list.
const MAX_TRACES: usize = 100;
/// Most spans of a trace.
const MAX_SPANS: usize = 500;

/// The RPCs of `SystemService`.
pub struct System {
    in_force: InForce,
    revision: String,
    started_at: DateTime<Utc>,
    readiness: Readiness,
    policy: Policy,
    database: Database,
}

/// `SystemService` of a service that starts now, with the policy of all its RPCs; for staff.
pub fn system(
    in_force: InForce,
    revision: String,
    readiness: Readiness,
    policy: Policy,
    database: Database,
) -> SystemServiceServer<System> {
    SystemServiceServer::new(System {
        in_force,
        revision,
        started_at: Clock::system().now(),
        readiness,
        policy,
        database,
    })
}

#[tonic::async_trait]
impl SystemService for System {
    async fn get_process(
        &self,
        _: Request<GetProcessRequest>,
    ) -> Result<Response<GetProcessResponse>, Status> {
        let report = self.readiness.report().await;
        let checks = report.checks.into_iter().map(|(name, problem)| {
            let passed = problem.is_none();
            let problem = problem.unwrap_or_default();
            let name = name.to_owned();
            ReadinessCheck {
                name,
                passed,
                problem,
            }
        });
        Ok(Response::new(GetProcessResponse {
            service: self.in_force.name.to_owned(),
            version: self.in_force.version.to_owned(),
            revision: self.revision.clone(),
            instance: telemetry::instance(),
            started_at: Some(timestamp(self.started_at)),
            ready: report.ready,
            checks: checks.collect(),
            metrics: whole_lines(admin::metrics_text(), MAX_METRICS),
        }))
    }

    async fn list_traces(
        &self,
        _: Request<ListTracesRequest>,
    ) -> Result<Response<ListTracesResponse>, Status> {
        let recent = telemetry::recent_spans();
        let traces = recent.map(|recent| recent.traces(MAX_TRACES));
        let traces = traces.unwrap_or_default();
        Ok(Response::new(ListTracesResponse {
            traces: traces.iter().map(Into::into).collect(),
        }))
    }

    async fn list_spans(
        &self,
        request: Request<ListSpansRequest>,
    ) -> Result<Response<ListSpansResponse>, Status> {
        let id = telemetry::parse_trace_id(&request.get_ref().trace_id);
        let id = id.ok_or_else(|| {
            reasons::invalid(Violations::one("trace_id", "must be 32 hex digits"))
        })?;
        let recent = telemetry::recent_spans();
        let spans = recent.map(|recent| recent.of_trace(id, MAX_SPANS));
        let spans = spans.unwrap_or_default();
        Ok(Response::new(ListSpansResponse {
            spans: spans.iter().map(|span| span.as_ref().into()).collect(),
        }))
    }

    async fn describe_service(
        &self,
        _: Request<DescribeServiceRequest>,
    ) -> Result<Response<DescribeServiceResponse>, Status> {
        let tables = store::tables(&self.database)
            .await
            .map_err(reasons::of_database)?;
        Ok(Response::new(DescribeServiceResponse {
            rpcs: self.policy.rows().iter().map(description::rpc).collect(),
            published: description::published(self.in_force.name),
            consumed: description::consumed(self.in_force.name),
            tables: tables.into_iter().map(description::table).collect(),
            configuration: self.in_force.settings.to_string(),
        }))
    }
}

/// The text, at most `limit` bytes of it, without an incomplete line.
fn whole_lines(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        let end = text[..text.floor_char_boundary(limit)].rfind('\n');
        text.truncate(end.map_or(0, |end| end + 1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_that_are_too_long_lose_their_last_lines() {
        let text = || "a 1\nb 2\nä 3\n".to_owned();
        assert_eq!(whole_lines(text(), 13), text());
        assert_eq!(whole_lines(text(), 12), "a 1\nb 2\n");
        assert_eq!(whole_lines(text(), 9), "a 1\nb 2\n");
        assert_eq!(whole_lines(text(), 3), "");
    }
}
