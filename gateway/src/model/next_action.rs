use chrono::{DateTime, Utc};
use contracts::types::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::convert::optional_time;

/// An action of the customer that the payment requires: the 3-D Secure challenge.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextAction {
    /// URL of the challenge. Afterwards, the bank redirects the browser to the shop.
    #[schema(format = "uri")]
    pub(crate) redirect_url: String,
    /// When the challenge expires, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl From<v1::NextAction> for NextAction {
    fn from(action: v1::NextAction) -> Self {
        Self {
            redirect_url: action.redirect_url,
            expires_at: optional_time(action.expires_at),
        }
    }
}
