//! The state of all processes, for the operations view. Collected when somebody asks, and shared by all who ask: nothing
//! runs while nobody watches.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web::Data;
use chassis::{
    admin::{self, Readiness},
    call::CallContext,
    config::InForce,
    telemetry,
};
use chrono::{DateTime, Utc};
use contracts::operations::v1::{
    GetProcessRequest, GetProcessResponse, ListSpansRequest, ListTracesRequest,
};
use kernel::Clock;
use tokio::{runtime::Handle, sync::Mutex};
use tracing::Instrument;

mod compose;
mod flow;
mod history;
mod openmetrics;
mod reading;
mod replicas;
mod snapshot;
mod traces;

pub(crate) use flow::Traffic;
pub(crate) use history::Point;
pub(crate) use snapshot::*;
pub(crate) use traces::{Trace, TraceSpan};

use compose::{Collection, Member};
use history::History;
use reading::Reading;
use replicas::ask_all;

use crate::{
    edge::problem::{Problem, reasons},
    model::ServiceDescription,
    upstreams::{Channels, Upstreams},
};

/// Age up to which a snapshot is shown again.
const FRESH: Duration = Duration::from_secs(2);
/// Age up to which a collection is compared with the next one. Rates over a longer time would hide what happens now.
const COMPARABLE: Duration = Duration::from_secs(30);
/// The gateway's name among the services.
const GATEWAY: &str = "gateway";
/// Its address: it reads itself.
const THIS_PROCESS: &str = "this process";

/// Collects the state of the system. One for all workers.
pub(crate) struct System {
    runtime: Handle,
    shared: Arc<Shared>,
}

struct Shared {
    channels: Channels,
    own: OwnProcess,
    state: Mutex<State>,
}

/// What the gateway knows about itself.
pub(crate) struct OwnProcess {
    /// The program and its configuration.
    pub(crate) in_force: InForce,
    /// The commit that it was built from.
    pub(crate) revision: String,
    /// When it started.
    pub(crate) started_at: DateTime<Utc>,
    /// Its checks.
    pub(crate) readiness: Readiness,
}

/// The last collection and its snapshot.
#[derive(Default)]
struct State {
    collected: Option<(Instant, Collection)>,
    /// With the end of its collection: those who waited for it share it, however long it took.
    snapshot: Option<(Instant, Arc<Snapshot>)>,
    history: History,
}

impl System {
    /// Must be called inside the main runtime, where it collects.
    pub(crate) fn new(channels: Channels, own: OwnProcess) -> Data<Self> {
        Data::new(Self {
            runtime: Handle::current(),
            shared: Arc::new(Shared {
                channels,
                own,
                state: Mutex::default(),
            }),
        })
    }

    /// The state of all processes, at most two seconds old. All who ask meanwhile wait for the same collection, so a page
    /// that shows it must require what `SystemService` requires.
    ///
    /// # Errors
    /// A service rejects the caller.
    pub(crate) async fn snapshot(&self, upstreams: &Upstreams) -> Result<Arc<Snapshot>, Problem> {
        let shared = Arc::clone(&self.shared);
        let caller = upstreams.caller();
        self.run(async move { shared.snapshot(&caller).await })
            .await
    }

    /// The traces that the processes took part in lately, newest first.
    ///
    /// # Errors
    /// A service rejects the caller.
    pub(crate) async fn traces(&self, upstreams: &Upstreams) -> Result<Vec<Trace>, Problem> {
        let shared = Arc::clone(&self.shared);
        let caller = upstreams.caller();
        self.run(async move {
            let request = ListTracesRequest {};
            let ask = ask_all(&shared.channels, &caller, async |mut client| {
                client.list_traces(request).await
            });
            Ok(traces::merged(ask.await?))
        })
        .await
    }

    /// The spans of a trace, by their start. Empty if no process has kept one.
    ///
    /// # Errors
    /// A service rejects the caller, or the id is not a trace id.
    pub(crate) async fn trace(
        &self,
        upstreams: &Upstreams,
        trace_id: &str,
    ) -> Result<Vec<TraceSpan>, Problem> {
        let shared = Arc::clone(&self.shared);
        let caller = upstreams.caller();
        let trace_id = trace_id.to_owned();
        self.run(async move {
            let ask = ask_all(&shared.channels, &caller, async |mut client| {
                let trace_id = trace_id.clone();
                client.list_spans(ListSpansRequest { trace_id }).await
            });
            Ok(traces::spans(&trace_id, ask.await?))
        })
        .await
    }

    /// What a service is made of; none if there is no service of this name.
    ///
    /// # Errors
    /// The service rejects the caller, or cannot be reached.
    pub(crate) async fn describe(
        &self,
        upstreams: &Upstreams,
        service: &str,
    ) -> Result<Option<ServiceDescription>, Problem> {
        if service == GATEWAY {
            let settings = &self.shared.own.in_force.settings;
            return Ok(Some(ServiceDescription::of_gateway(settings)));
        }
        let Ok(service) = service.parse() else {
            return Ok(None);
        };
        upstreams.system(service).describe().await.map(Some)
    }

    /// Runs to its end in the main runtime, also if the caller is gone: others may wait for it. Not traced, as it would
    /// fill the view with its own traces.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        // Below a span that is not recorded there are no spans.
        let span = match telemetry::is_unrecorded() {
            true => tracing::Span::current(),
            false => {
                let span = tracing::info_span!("collect");
                telemetry::do_not_record(&span);
                span
            }
        };
        let done = self.runtime.spawn(work.instrument(span)).await;
        done.unwrap_or_else(|_panicked| Err(Problem::new(&reasons::INTERNAL)))
    }
}

impl Shared {
    async fn snapshot(&self, caller: &CallContext) -> Result<Arc<Snapshot>, Problem> {
        let mut state = self.state.lock().await;
        if let Some((at, snapshot)) = &state.snapshot
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(snapshot));
        }
        // Replicas read their metrics at the start of the collection, so rates are from start to start.
        let now = Instant::now();
        let members = self.collect(caller).await?;
        let collection = Collection {
            taken_at: Clock::system().now(),
            members,
        };
        let earlier = state.collected.take();
        let earlier = earlier.as_ref().map(|(at, earlier)| (earlier, now - *at));
        let earlier = earlier.filter(|(_, time)| *time <= COMPARABLE);
        let snapshot = compose::snapshot(&collection, earlier, &mut state.history);
        let snapshot = Arc::new(snapshot);
        state.snapshot = Some((Instant::now(), Arc::clone(&snapshot)));
        state.collected = Some((now, collection));
        Ok(snapshot)
    }

    async fn collect(&self, caller: &CallContext) -> Result<Vec<Member>, Problem> {
        let (own, answers) = tokio::join!(
            self.own.member(),
            ask_all(&self.channels, caller, async |mut client| {
                client.get_process(GetProcessRequest {}).await
            })
        );
        let others = answers?.into_iter().map(|answer| Member {
            service: answer.service,
            address: answer.address,
            answer: answer.response.map(|response| {
                let reading = Reading::of(&response.metrics);
                (response.into(), reading)
            }),
        });
        Ok(std::iter::once(own).chain(others).collect())
    }
}

impl OwnProcess {
    async fn member(&self) -> Member {
        let report = self.readiness.report().await;
        let checks = report.checks.into_iter().map(|(name, problem)| Check {
            name: name.to_owned(),
            problem,
        });
        let reading = Reading::of(&admin::metrics_text());
        let process = Process {
            version: self.in_force.version.to_owned(),
            revision: self.revision.clone(),
            instance: telemetry::instance(),
            started_at: Some(self.started_at),
            is_ready: report.ready,
            checks: checks.collect(),
            cpu_cores: None,
            memory_bytes: 0.0,
        };
        Member {
            service: GATEWAY,
            address: THIS_PROCESS.to_owned(),
            answer: Some((process, reading)),
        }
    }
}

impl From<GetProcessResponse> for Process {
    fn from(response: GetProcessResponse) -> Self {
        let checks = response.checks.into_iter().map(|check| Check {
            name: check.name,
            problem: (!check.passed).then_some(check.problem),
        });
        Self {
            version: response.version,
            revision: response.revision,
            instance: response.instance,
            started_at: response.started_at.and_then(traces::time),
            is_ready: response.ready,
            checks: checks.collect(),
            cpu_cores: None,
            memory_bytes: 0.0,
        }
    }
}

#[cfg(test)]
mod tests;
