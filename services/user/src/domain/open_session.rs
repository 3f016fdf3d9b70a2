use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A session that has not ended, as its owner sees it. No `Debug`, because it holds personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OpenSession {
    pub(crate) id: Uuid,
    pub(crate) started_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    pub(crate) last_used_at: DateTime<Utc>,
    pub(crate) user_agent: Option<String>,
}
