use chrono::{DateTime, Utc};
use contracts::operations::v1;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{convert_all, id, optional_text, time};
use crate::edge::problem::Problem;

/// An action of an operator.
#[derive(Serialize, ToSchema)]
pub(crate) struct Action {
    /// The action's id.
    pub(crate) id: Uuid,
    /// `dead_letter.redrive`, `dead_letter.redrive_all`, `dead_letter.drop`, `saga.retry`,
    /// `saga.compensate`, `order.refund`, `return.approve` or `return.refuse`.
    #[schema(example = "dead_letter.redrive")]
    pub(crate) kind: String,
    /// Id of the message or order acted on; absent if the action was on all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// Account of the staff member.
    pub(crate) actor_id: Uuid,
    /// The reason that the staff member gave.
    pub(crate) reason: String,
    /// The subject before the action, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// Time of the action.
    pub(crate) at: DateTime<Utc>,
}

/// One page of operator actions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Actions {
    /// Newest first.
    pub(crate) actions: Vec<Action>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_page_token: Option<String>,
}

impl TryFrom<v1::Action> for Action {
    type Error = Problem;

    fn try_from(action: v1::Action) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&action.id, "Action.id")?,
            kind: action.kind,
            subject: optional_text(action.subject),
            actor_id: id(&action.actor_id, "Action.actor_id")?,
            reason: action.reason,
            detail: optional_text(action.detail),
            at: time(action.at, "Action.at")?,
        })
    }
}

impl TryFrom<v1::ListActionsResponse> for Actions {
    type Error = Problem;

    fn try_from(reply: v1::ListActionsResponse) -> Result<Self, Problem> {
        Ok(Self {
            actions: convert_all(reply.actions)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
