//! The caller's sessions: where they are signed in.

use uuid::Uuid;

use super::{
    answer::{Answer, no_content, page},
    request::{Query, Segment},
};
use crate::{model::OpenSessions, upstreams::Upstreams};

/// List the caller's sessions
///
/// Those that have not ended, newest first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "Sessions",
    params(
        ("page_size" = Option<u32>, Query, description = "Sessions per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = OpenSessions)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID", "SESSION_INVALID", "VALIDATION_FAILED"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.account().sessions(wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// End one of the caller's sessions
///
/// Its refresh token is invalid at once, and its access token for everything that changes credentials; elsewhere the access token
/// is valid until it expires, 15 minutes later at most. An e-mail notifies the owner, unless it is the session of this request.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "Sessions",
    params(("id" = Uuid, Path, description = "The session's id")),
    responses((status = 204, description = "The session has ended")),
    extensions(("x-problems" = json!(["SESSION_INVALID", "SESSION_NOT_FOUND"]))))]
pub(crate) async fn end(upstreams: Upstreams, Segment(id): Segment<Uuid>) -> Answer {
    upstreams.account().end_session(id).await?;
    no_content()
}

/// End all other sessions
///
/// All sessions of the caller but the one of this request. An e-mail notifies the owner if there were others.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "Sessions",
    responses((status = 204, description = "The other sessions have ended")),
    extensions(("x-problems" = json!(["SESSION_INVALID"]))))]
pub(crate) async fn end_others(upstreams: Upstreams) -> Answer {
    upstreams.account().end_other_sessions().await?;
    no_content()
}
