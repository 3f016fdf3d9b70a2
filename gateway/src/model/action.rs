use chrono::{DateTime, Utc};
use contracts::operations::v1;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::convert::{each, id, some_text, time};
use crate::edge::problem::Problem;

/// Something that was done by hand.
#[derive(Serialize, ToSchema)]
pub(crate) struct Action {
    /// The action's id.
    pub(crate) id: Uuid,
    /// `dead_letter.redrive`, `dead_letter.redrive_all`, `dead_letter.drop`, `saga.retry` or
    /// `saga.compensate`.
    #[schema(example = "dead_letter.redrive")]
    pub(crate) kind: String,
    /// What it was done to: a message's or an order's id; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// The staff member's account.
    pub(crate) actor_id: Uuid,
    /// Why, in her words.
    pub(crate) reason: String,
    /// What it was done to, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// One page of what was done by hand.
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
            subject: some_text(action.subject),
            actor_id: id(&action.actor_id, "Action.actor_id")?,
            reason: action.reason,
            detail: some_text(action.detail),
            at: time(action.at, "Action.at")?,
        })
    }
}

impl TryFrom<v1::ListActionsResponse> for Actions {
    type Error = Problem;

    fn try_from(reply: v1::ListActionsResponse) -> Result<Self, Problem> {
        Ok(Self {
            actions: each(reply.actions)?,
            next_page_token: some_text(reply.next_page_token),
        })
    }
}
