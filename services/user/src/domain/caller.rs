use kernel::UserId;
use uuid::Uuid;

use super::Role;

/// Who calls, as their access token says. The token outlives its session and the role by some minutes, so what changes
/// credentials compares it with the database first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) session: Uuid,
    pub(crate) role: Role,
    /// Whether the token says that a second factor was proved recently.
    pub(crate) is_recent: bool,
}
