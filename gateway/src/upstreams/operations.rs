use contracts::operations::v1::{
    DescribeServiceRequest, DropDeadLetterRequest, GetDeadLetterRequest, ListActionsRequest,
    ListDeadLettersRequest, RedriveAllDeadLettersRequest, RedriveDeadLetterRequest,
    audit_service_client::AuditServiceClient, dead_letter_service_client::DeadLetterServiceClient,
    system_service_client::SystemServiceClient,
};
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{
        ActionFilter, Actions, DeadLetter, DeadLetters, PageRequest, Redriven, ServiceDescription,
        required,
    },
};

/// Dead letters of a service.
pub(crate) type DeadLetterClient<'a> = Client<'a, DeadLetterServiceClient<Upstream>>;

impl DeadLetterClient<'_> {
    /// The oldest dead letters, without their data. A `limit` of 0 means the service's default.
    pub(crate) async fn list(mut self, limit: u32) -> Result<DeadLetters, Problem> {
        let request = ListDeadLettersRequest { limit };
        let reply = self.call.run(self.rpc.list_dead_letters(request)).await?;
        Ok(reply.into())
    }

    /// A dead letter with its data.
    pub(crate) async fn get(mut self, id: String) -> Result<DeadLetter, Problem> {
        let request = GetDeadLetterRequest { id };
        let reply = self.call.run(self.rpc.get_dead_letter(request)).await?;
        required(reply.dead_letter, "GetDeadLetterResponse.dead_letter").map(DeadLetter::from)
    }

    /// Sends a dead letter to its queue again.
    pub(crate) async fn redrive(mut self, id: String, reason: String) -> Result<(), Problem> {
        let request = RedriveDeadLetterRequest { id, reason };
        self.call.run(self.rpc.redrive_dead_letter(request)).await?;
        Ok(())
    }

    /// Sends all dead letters to their queues again.
    pub(crate) async fn redrive_all(mut self, reason: String) -> Result<Redriven, Problem> {
        let request = RedriveAllDeadLettersRequest { reason };
        let rpc = self.rpc.redrive_all_dead_letters(request);
        let redriven = self.call.run(rpc).await?.redriven;
        Ok(Redriven { redriven })
    }

    /// Removes a dead letter for good.
    pub(crate) async fn drop(mut self, id: String, reason: String) -> Result<(), Problem> {
        let request = DropDeadLetterRequest { id, reason };
        self.call.run(self.rpc.drop_dead_letter(request)).await?;
        Ok(())
    }
}

/// The audit log of a service.
pub(crate) type AuditClient<'a> = Client<'a, AuditServiceClient<Upstream>>;

impl AuditClient<'_> {
    /// One page of staff actions.
    pub(crate) async fn actions(
        mut self,
        filter: ActionFilter,
        page: PageRequest,
    ) -> Result<Actions, Problem> {
        let request = ListActionsRequest {
            page_size: page.size,
            page_token: page.token.unwrap_or_default(),
            kind: filter.kind.unwrap_or_default(),
            subject: filter.subject.unwrap_or_default(),
            actor_id: filter.actor_id.unwrap_or_default(),
            since: filter.since.map(Into::into),
            until: filter.until.map(Into::into),
        };
        let reply = self.call.run(self.rpc.list_actions(request)).await?;
        reply.try_into()
    }
}

/// What a service is made of.
pub(crate) type SystemClient<'a> = Client<'a, SystemServiceClient<Upstream>>;

impl SystemClient<'_> {
    /// Its RPCs, messages, tables and configuration.
    pub(crate) async fn describe(mut self) -> Result<ServiceDescription, Problem> {
        let rpc = self.rpc.describe_service(DescribeServiceRequest {});
        self.call.run(rpc).await.map(ServiceDescription::from)
    }
}
