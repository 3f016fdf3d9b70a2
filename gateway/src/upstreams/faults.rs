use contracts::operations::v1::{
    GetFaultsRequest, PauseConsumerRequest, fault_service_client::FaultServiceClient,
};
use upstream::Upstream;

use super::client::Client;
use crate::{edge::problem::Problem, model::ConsumerFaults};

/// Faults of a service for demonstrations.
pub(crate) type FaultClient<'a> = Client<'a, FaultServiceClient<Upstream>>;

impl FaultClient<'_> {
    /// Whether faults are allowed, and what is paused.
    pub(crate) async fn get(mut self) -> Result<ConsumerFaults, Problem> {
        let reply = self.call.run(self.rpc.get_faults(GetFaultsRequest {}));
        Ok(reply.await?.into())
    }

    /// Stops the consumer for at most 60 seconds; 0 starts it again.
    pub(crate) async fn pause_consumer(mut self, seconds: u32) -> Result<(), Problem> {
        let request = PauseConsumerRequest { seconds };
        self.call.run(self.rpc.pause_consumer(request)).await?;
        Ok(())
    }
}
