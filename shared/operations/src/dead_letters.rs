//! The RPCs with which staff list, read, redrive and drop the dead letters of a queue.

use chassis::auth::caller;
use contracts::operations::v1::dead_letter_service_server::{
    DeadLetterService, DeadLetterServiceServer,
};
use contracts::operations::v1::{
    DropDeadLetterRequest, DropDeadLetterResponse, GetDeadLetterRequest, GetDeadLetterResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, RedriveAllDeadLettersRequest,
    RedriveAllDeadLettersResponse, RedriveDeadLetterRequest, RedriveDeadLetterResponse,
};
use kernel::Violations;
use messaging::{Broker, DeadLetters, HeldLetter, Queue};
use persistence::Database;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::action::{Action, Reason};
use crate::audit::page_size;
use crate::{reasons, store};

mod letter;

/// `DeadLetterService` for the dead letters of `queue`, with an audit in `database`; for staff.
pub fn dead_letters(
    database: Database,
    broker: &Broker,
    queue: &Queue,
) -> DeadLetterServiceServer<DeadLetterRpc> {
    DeadLetterServiceServer::new(DeadLetterRpc {
        database,
        letters: broker.dead_letters(&queue.name),
        queue: queue.name.clone(),
    })
}

/// The RPCs of `DeadLetterService`.
///
/// Broker and database cannot commit together, so an action is recorded before it is done: no
/// action lacks a record, but a recorded action may have failed.
pub struct DeadLetterRpc {
    database: Database,
    letters: DeadLetters,
    queue: String,
}

type RpcResult<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl DeadLetterService for DeadLetterRpc {
    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> RpcResult<ListDeadLettersResponse> {
        let limit = page_size("limit", request.get_ref().limit).map_err(reasons::invalid)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let total = self.letters.count().await.map_err(reasons::of_broker)?;
        let listed = self.letters.list(limit).await.map_err(reasons::of_broker)?;
        // The count leaves out letters that another operation holds.
        let total = total.max(u64::try_from(listed.len()).unwrap_or(u64::MAX));
        Ok(Response::new(ListDeadLettersResponse {
            dead_letters: listed.into_iter().map(letter::summary).collect(),
            total,
        }))
    }

    async fn get_dead_letter(
        &self,
        request: Request<GetDeadLetterRequest>,
    ) -> RpcResult<GetDeadLetterResponse> {
        let id = letter_id(&request.get_ref().id).map_err(reasons::invalid)?;
        let letter = self.letters.inspect(id).await;
        let letter = letter.map_err(reasons::of_broker)?;
        Ok(Response::new(GetDeadLetterResponse {
            dead_letter: Some(letter::with_body(letter)),
        }))
    }

    async fn redrive_dead_letter(
        &self,
        request: Request<RedriveDeadLetterRequest>,
    ) -> RpcResult<RedriveDeadLetterResponse> {
        let actor = caller(&request)?.user_id;
        let RedriveDeadLetterRequest { id, reason } = request.into_inner();
        let (id, reason) = letter_and_reason(&id, &reason).map_err(reasons::invalid)?;
        let held = self.letters.hold(id).await.map_err(reasons::of_broker)?;
        let action = Action::new("dead_letter.redrive", id.to_string(), actor)
            .reason(reason)
            .detail(letter::record(&held.letter(), &self.queue));
        let held = self.record_held(held, &action).await?;
        held.redrive().await.map_err(reasons::of_broker)?;
        Ok(Response::new(RedriveDeadLetterResponse {}))
    }

    async fn redrive_all_dead_letters(
        &self,
        request: Request<RedriveAllDeadLettersRequest>,
    ) -> RpcResult<RedriveAllDeadLettersResponse> {
        let actor = caller(&request)?.user_id;
        let reason = Reason::parse(&request.get_ref().reason).map_err(reasons::invalid)?;
        let count = self.letters.count().await.map_err(reasons::of_broker)?;
        let action = Action::new("dead_letter.redrive_all", String::new(), actor)
            .reason(reason)
            .detail(letter::record_of_all(count, &self.queue));
        self.record(&action).await?;
        let redriven = self.letters.redrive_all().await;
        let redriven = redriven.map_err(reasons::of_broker)?;
        Ok(Response::new(RedriveAllDeadLettersResponse {
            redriven: u64::try_from(redriven).unwrap_or(u64::MAX),
        }))
    }

    async fn drop_dead_letter(
        &self,
        request: Request<DropDeadLetterRequest>,
    ) -> RpcResult<DropDeadLetterResponse> {
        let actor = caller(&request)?.user_id;
        let DropDeadLetterRequest { id, reason } = request.into_inner();
        let (id, reason) = letter_and_reason(&id, &reason).map_err(reasons::invalid)?;
        let held = self.letters.hold(id).await.map_err(reasons::of_broker)?;
        let action = Action::new("dead_letter.drop", id.to_string(), actor)
            .reason(reason)
            .detail(letter::record_with_body(&held.letter(), &self.queue));
        let held = self.record_held(held, &action).await?;
        held.drop_letter().await.map_err(reasons::of_broker)?;
        Ok(Response::new(DropDeadLetterResponse {}))
    }
}

impl DeadLetterRpc {
    /// Records an action on a letter. On failure the letter is put back.
    async fn record_held<'a>(
        &self,
        held: HeldLetter<'a>,
        action: &Action,
    ) -> Result<HeldLetter<'a>, Status> {
        match self.record(action).await {
            Ok(()) => Ok(held),
            Err(status) => {
                held.put_back().await;
                Err(status)
            }
        }
    }

    async fn record(&self, action: &Action) -> Result<(), Status> {
        let recorded = async {
            let mut conn = self.database.get().await?;
            store::record(&mut conn, action).await
        };
        recorded.await.map_err(reasons::of_database)?;
        tracing::info!(
            kind = action.kind,
            actor = %action.actor,
            subject = action.subject,
            queue = self.queue,
            "staff act on dead letters"
        );
        Ok(())
    }
}

fn letter_and_reason(id: &str, reason: &str) -> Result<(Uuid, Reason), Violations> {
    match (letter_id(id), Reason::parse(reason)) {
        (Ok(id), Ok(reason)) => Ok((id, reason)),
        (id, reason) => {
            let mut all = Violations::new();
            let found = [id.err(), reason.err()];
            for violation in found.into_iter().flatten().flat_map(Violations::into_vec) {
                all.add(violation.field, violation.message);
            }
            Err(all)
        }
    }
}

fn letter_id(text: &str) -> Result<Uuid, Violations> {
    text.parse()
        .map_err(|_| Violations::one("id", "must be a UUID"))
}
