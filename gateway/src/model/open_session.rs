use chrono::{DateTime, Utc};
use contracts::user::v1;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{convert_all, id, optional_text, time};
use crate::edge::problem::Problem;

/// A session of the caller that has not ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenSession {
    /// The session's id.
    pub(crate) id: Uuid,
    /// When the caller signed in.
    pub(crate) created_at: DateTime<Utc>,
    /// When its tokens were last refreshed, about every 15 minutes of use; the time of the sign-in if never.
    pub(crate) last_used_at: DateTime<Utc>,
    /// Whether it is the session of this request.
    pub(crate) current: bool,
    /// What the client of the sign-in said it is; absent if it said nothing. Not verified.
    #[schema(
        example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        max_length = 200
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
}

/// One page of the caller's sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenSessions {
    /// Newest first.
    #[serde(rename = "items")]
    pub(crate) sessions: Vec<OpenSession>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

impl TryFrom<v1::OpenSession> for OpenSession {
    type Error = Problem;

    fn try_from(session: v1::OpenSession) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&session.id, "OpenSession.id")?,
            created_at: time(session.created_at, "OpenSession.created_at")?,
            last_used_at: time(session.last_used_at, "OpenSession.last_used_at")?,
            current: session.current,
            user_agent: optional_text(session.user_agent),
        })
    }
}

impl TryFrom<v1::ListSessionsResponse> for OpenSessions {
    type Error = Problem;

    fn try_from(reply: v1::ListSessionsResponse) -> Result<Self, Problem> {
        Ok(Self {
            sessions: convert_all(reply.sessions)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
