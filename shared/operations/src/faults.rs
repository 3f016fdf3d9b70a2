//! The RPCs with which staff stop a consumer for a while, to watch the shop recover.

use std::time::Duration;

use chassis::auth::caller;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::convert::timestamp;
use contracts::operations::v1::fault_service_server::{FaultService, FaultServiceServer};
use contracts::operations::v1::{
    GetFaultsRequest, GetFaultsResponse, PauseConsumerRequest, PauseConsumerResponse,
};
use kernel::{Clock, Violations};
use messaging::{Broker, Queue};
use persistence::Database;
use tonic::{Request, Response, Status};

use crate::action::Action;
use crate::{reasons, store};

/// Longest pause. It also ends with the process.
const MAX_SECONDS: u32 = 60;

/// `FaultService` for the consumer of `queue`, with an audit in `database`; for staff. Where faults are not `allowed`, it
/// says so and does nothing.
pub fn faults(
    database: Database,
    broker: Broker,
    queue: &Queue,
    allowed: bool,
) -> FaultServiceServer<FaultRpc> {
    FaultServiceServer::new(FaultRpc {
        database,
        broker,
        queue: queue.name.clone(),
        allowed,
    })
}

/// The RPCs of `FaultService`.
pub struct FaultRpc {
    database: Database,
    broker: Broker,
    queue: String,
    allowed: bool,
}

#[tonic::async_trait]
impl FaultService for FaultRpc {
    async fn get_faults(
        &self,
        _: Request<GetFaultsRequest>,
    ) -> Result<Response<GetFaultsResponse>, Status> {
        let left = self.broker.pause().left();
        Ok(Response::new(GetFaultsResponse {
            allowed: self.allowed,
            queue: self.queue.clone(),
            paused_until: left.map(|left| timestamp(after(left))),
        }))
    }

    async fn pause_consumer(
        &self,
        request: Request<PauseConsumerRequest>,
    ) -> Result<Response<PauseConsumerResponse>, Status> {
        let actor = caller(&request)?.user_id;
        if !self.allowed {
            return Err(reasons::faults_not_allowed());
        }
        let seconds = request.get_ref().seconds;
        if seconds > MAX_SECONDS {
            let message = format!("must be at most {MAX_SECONDS}");
            return Err(reasons::invalid(Violations::one("seconds", message)));
        }
        let action = Action::new("consumer.pause", self.queue.clone(), actor)
            .detail(serde_json::json!({ "seconds": seconds }).to_string());
        let recorded = async {
            let mut conn = self.database.get().await?;
            store::record(&mut conn, &action).await
        };
        recorded.await.map_err(reasons::of_database)?;
        tracing::warn!(queue = self.queue, %actor, seconds, "staff pause a consumer");
        let pause = Duration::from_secs(seconds.into());
        self.broker.pause().begin(pause);
        Ok(Response::new(PauseConsumerResponse {
            paused_until: Some(timestamp(after(pause))),
        }))
    }
}

/// The time after a duration, which is short.
fn after(duration: Duration) -> DateTime<Utc> {
    Clock::system().now() + TimeDelta::from_std(duration).unwrap_or_default()
}
