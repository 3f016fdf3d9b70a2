use chrono::{DateTime, Utc};
use contracts::operations::v1;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{convert_all, id, optional_text, required, time},
    time::Time,
};
use crate::edge::problem::Problem;

/// An action of staff.
#[derive(Serialize, ToSchema)]
pub(crate) struct Action {
    /// The action's id.
    pub(crate) id: Uuid,
    /// What it acts on and what it does.
    #[schema(example = "dead_letter.redrive")]
    pub(crate) kind: String,
    /// Id of the message, order, SKU or account acted on; absent if the action was on all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) subject: Option<String>,
    /// Account of the staff member; all zeros for the command line.
    pub(crate) actor_id: Uuid,
    /// The reason that the staff member gave, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the price list of spring")]
    pub(crate) reason: Option<String>,
    /// The subject before the action, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the saga waited for payment")]
    pub(crate) detail: Option<String>,
    /// What the action changed, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({"price_minor_units": 1299}))]
    pub(crate) before: Option<Value>,
    /// The same as the action left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({"price_minor_units": 1199}))]
    pub(crate) after: Option<Value>,
    /// The trace of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub(crate) trace_id: Option<String>,
    /// Time of the action.
    pub(crate) at: DateTime<Utc>,
}

/// Which actions to list.
#[derive(Debug, Default)]
pub(crate) struct ActionFilter {
    /// Only this kind.
    pub(crate) kind: Option<String>,
    /// Only on this subject.
    pub(crate) subject: Option<String>,
    /// Only of this account.
    pub(crate) actor_id: Option<String>,
    /// From this time on.
    pub(crate) since: Option<Time>,
    /// Before this time.
    pub(crate) until: Option<Time>,
}

/// One page of staff actions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Actions {
    /// Newest first.
    #[serde(rename = "items")]
    pub(crate) actions: Vec<Action>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
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
            reason: optional_text(action.reason),
            detail: optional_text(action.detail),
            before: json(&action.before, "Action.before")?,
            after: json(&action.after, "Action.after")?,
            trace_id: optional_text(action.trace_id),
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

/// The JSON of a field; `None` if it is empty.
fn json(text: &str, field: &'static str) -> Result<Option<Value>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    required(serde_json::from_str(text).ok(), field).map(Some)
}
