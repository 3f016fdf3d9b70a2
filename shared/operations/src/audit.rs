use chrono::DateTime;
use contracts::convert::timestamp;
use contracts::operations::v1::audit_service_server::{AuditService, AuditServiceServer};
use contracts::operations::v1::{self, ListActionsRequest, ListActionsResponse};
use kernel::Violations;
use persistence::Database;
use prost::Message;
use prost_types::Timestamp;
use serde_json::Value;
use tokens::{List, Pages};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::reasons;
use crate::store::{self, Filter, Recorded};

const DEFAULT_PAGE: u32 = 20;
const MAX_PAGE: u32 = 100;
/// Bytes of a filter; ids and kinds are shorter.
const MAX_FILTER: usize = 200;
/// Bytes of the actions of a page. An action can have the body of a message; a gRPC client accepts 4 MiB.
const MAX_PAGE_BYTES: usize = 2 << 20;

/// `AuditService` on the database of the service that mounts it; for staff.
pub fn audit(database: Database, pages: Pages) -> AuditServiceServer<Audit> {
    AuditServiceServer::new(Audit { database, pages })
}

/// The RPCs of `AuditService`.
pub struct Audit {
    database: Database,
    pages: Pages,
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_actions(
        &self,
        request: Request<ListActionsRequest>,
    ) -> Result<Response<ListActionsResponse>, Status> {
        let request = request.into_inner();
        let filter = filter(&request).map_err(reasons::invalid)?;
        let list = List::new("operations.v1.AuditService/ListActions", &filter);
        let before: Option<Uuid> = self
            .pages
            .after(&list, &request.page_token)
            .map_err(reasons::page_token_invalid)?;
        let size = page_size("page_size", request.page_size).map_err(reasons::invalid)?;
        let rows = store::page(&self.database, filter, before, i64::from(size) + 1)
            .await
            .map_err(reasons::of_database)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut actions: Vec<v1::Action> = rows.into_iter().map(action).collect();
        let length = page_length(&actions, size);
        let has_more = actions.len() > length;
        actions.truncate(length);
        let last = ids.get(length.saturating_sub(1)).filter(|_| has_more);
        let next_page_token = last.map_or_else(String::new, |id| self.pages.next(&list, id));
        Ok(Response::new(ListActionsResponse {
            actions,
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

/// The filter of a request. An empty text does not filter.
fn filter(request: &ListActionsRequest) -> Result<Filter, Violations> {
    let mut violations = Violations::new();
    let actor = match request.actor_id.as_str() {
        "" => None,
        text => {
            let id = Uuid::parse_str(text);
            violations.check(id.is_ok(), "actor_id", "must be a UUID");
            id.ok()
        }
    };
    for (field, text) in [("kind", &request.kind), ("subject", &request.subject)] {
        violations.check(
            text.len() <= MAX_FILTER && !text.contains('\0'),
            field,
            format_args!("must be at most {MAX_FILTER} bytes without NUL"),
        );
    }
    let mut time = |field: &str, time: Option<Timestamp>| {
        let read = time.map(|time| {
            u32::try_from(time.nanos)
                .ok()
                .and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos))
        });
        violations.check(read != Some(None), field, "must be a time");
        read.flatten()
    };
    let (since, until) = (time("since", request.since), time("until", request.until));
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    violations.or(Filter {
        kind: text(&request.kind),
        subject: text(&request.subject),
        actor,
        since,
        until,
    })
}

/// How many of the actions the page has: at most `size`, and as many as fit, but at least one.
fn page_length(actions: &[v1::Action], size: usize) -> usize {
    let mut bytes = 0;
    let fits = |action: &&v1::Action| {
        bytes += action.encoded_len();
        bytes <= MAX_PAGE_BYTES
    };
    let fitting = actions.iter().take(size).take_while(fits).count();
    fitting.max(1).min(actions.len())
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
        before: json(row.before),
        after: json(row.after),
        trace_id: row.trace_id.unwrap_or_default(),
    }
}

fn json(value: Option<Value>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(count: usize, bytes: usize) -> Vec<v1::Action> {
        let action = v1::Action {
            detail: "x".repeat(bytes),
            ..v1::Action::default()
        };
        vec![action; count]
    }

    #[test]
    fn a_page_ends_by_count_or_by_bytes() {
        assert_eq!(page_length(&[], 20), 0);
        assert_eq!(page_length(&actions(5, 10), 20), 5);
        assert_eq!(page_length(&actions(21, 10), 20), 20);
        // 31 details of 64 KiB, and not 32, since each action has some bytes more.
        assert_eq!(page_length(&actions(101, 64 << 10), 100), 31);
        assert_eq!(page_length(&actions(3, 3 << 20), 20), 1);
    }
}
