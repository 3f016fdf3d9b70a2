use chrono::{DateTime, Utc};
use contracts::types::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::convert::maybe_time;

/// What the customer must do before the payment can go on: her bank wants to hear from her
/// (3-D Secure).
#[derive(Serialize, ToSchema)]
pub(crate) struct NextAction {
    /// Where to send her browser. The bank sends it back to the shop.
    #[schema(format = "uri")]
    pub(crate) redirect_url: String,
    /// When it is given up, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl From<v1::NextAction> for NextAction {
    fn from(action: v1::NextAction) -> Self {
        Self {
            redirect_url: action.redirect_url,
            expires_at: maybe_time(action.expires_at),
        }
    }
}
