use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::admin::Readiness;
use crate::shutdown::Shutdown;

const WATCH_INTERVAL: Duration = Duration::from_secs(2);

/// `grpc.health.v1` from readiness: the process is ready or not, for every service name.
pub(super) struct Health {
    readiness: Readiness,
    shutdown: Shutdown,
}

impl Health {
    pub(super) fn new(readiness: Readiness, shutdown: Shutdown) -> Self {
        Self {
            readiness,
            shutdown,
        }
    }
}

async fn status(readiness: &Readiness) -> HealthCheckResponse {
    let status = if readiness.report().await.ready {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    HealthCheckResponse {
        status: i32::from(status),
    }
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(status(&self.readiness).await))
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let readiness = self.readiness.clone();
        let shutdown = self.shutdown.clone();
        let changes = stream::unfold((readiness, None), |(readiness, last)| async move {
            loop {
                let now = status(&readiness).await;
                if last != Some(now.status) {
                    return Some((Ok(now), (readiness, Some(now.status))));
                }
                tokio::time::sleep(WATCH_INTERVAL).await;
            }
        });
        // Ends the stream, so that a watcher does not delay the drain.
        let until_drain = changes.take_until(async move { shutdown.draining().await });
        Ok(Response::new(until_drain.boxed()))
    }
}
