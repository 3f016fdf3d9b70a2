use contracts::convert::timestamp;
use contracts::operations::v1::audit_service_server::{AuditService, AuditServiceServer};
use contracts::operations::v1::{self, ListActionsRequest, ListActionsResponse};
use kernel::Violations;
use persistence::Database;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::reasons;
use crate::store::{self, Recorded};

const DEFAULT_PAGE: u32 = 20;
const MAX_PAGE: u32 = 100;

/// `AuditService` on the database of the service that mounts it; for staff.
pub fn audit(database: Database) -> AuditServiceServer<Audit> {
    AuditServiceServer::new(Audit { database })
}

/// The RPCs of `AuditService`.
pub struct Audit {
    database: Database,
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_actions(
        &self,
        request: Request<ListActionsRequest>,
    ) -> Result<Response<ListActionsResponse>, Status> {
        let request = request.into_inner();
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(Uuid::parse_str(token).map_err(|_| reasons::page_token_invalid())?),
        };
        let size = page_size("page_size", request.page_size).map_err(reasons::invalid)?;
        let mut rows = store::page(&self.database, before, i64::from(size) + 1)
            .await
            .map_err(reasons::of_database)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let is_last = rows.len() <= size;
        rows.truncate(size);
        let last = rows.last().filter(|_| !is_last);
        let next_page_token = last.map_or_else(String::new, |row| row.id.simple().to_string());
        Ok(Response::new(ListActionsResponse {
            actions: rows.into_iter().map(action).collect(),
            next_page_token,
        }))
    }
}

/// The length of a page. 0 means the default; `field` names the requested length in a violation.
pub(crate) fn page_size(field: &str, requested: u32) -> Result<u32, Violations> {
    match requested {
        0 => Ok(DEFAULT_PAGE),
        size if size <= MAX_PAGE => Ok(size),
        _ => Err(Violations::one(field, format!("must be 1 to {MAX_PAGE}"))),
    }
}

fn action(row: Recorded) -> v1::Action {
    v1::Action {
        id: row.id.to_string(),
        kind: row.kind,
        subject: row.subject,
        actor_id: row.actor_id.to_string(),
        reason: row.reason,
        detail: row.detail,
        at: Some(timestamp(row.at)),
    }
}
