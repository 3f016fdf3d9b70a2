use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{convert_all, id, optional_text, optional_time, required},
    order::{OrderStatus, status},
};
use crate::edge::problem::Problem;

/// The state of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SagaState {
    /// Waits for a reply.
    InFlight,
    /// Waits for a reply after more than three attempts.
    Stuck,
    /// Undoes its steps.
    Compensating,
    /// No step is in progress.
    Idle,
}

impl SagaState {
    /// The names of the query parameter `state`.
    pub(crate) const FILTERS: [(&str, Self); 3] = [
        ("in_flight", Self::InFlight),
        ("stuck", Self::Stuck),
        ("compensating", Self::Compensating),
    ];
}

/// The saga of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Saga {
    /// The order.
    pub(crate) order_id: Uuid,
    /// The status of the order.
    pub(crate) order_status: OrderStatus,
    /// The state of the saga.
    pub(crate) state: SagaState,
    /// The step in progress: `reserve`, `authorize`, `commit`, `capture`, `void`, `release` or
    /// `refund`; absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "authorize")]
    pub(crate) step: Option<String>,
    /// Attempts of the step.
    pub(crate) attempts: u32,
    /// Why the saga is compensating, or `action_required` during a 3-D Secure challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "payment_declined")]
    pub(crate) reason: Option<String>,
    /// When the step started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Deadline of the step: it is then sent again or undone. Absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// The trace in which the order was placed and its messages are handled; absent for an order of an
    /// older version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0af7651916cd43dd8448eb211c80319c")]
    pub(crate) trace_id: Option<String>,
}

/// One page of sagas in flight.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sagas {
    /// Sorted by waiting time, longest first.
    #[serde(rename = "items")]
    pub(crate) sagas: Vec<Saga>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

impl From<SagaState> for v1::SagaState {
    fn from(state: SagaState) -> Self {
        match state {
            SagaState::InFlight => Self::InFlight,
            SagaState::Stuck => Self::Stuck,
            SagaState::Compensating => Self::Compensating,
            SagaState::Idle => Self::Idle,
        }
    }
}

impl TryFrom<v1::Saga> for Saga {
    type Error = Problem;

    fn try_from(saga: v1::Saga) -> Result<Self, Problem> {
        let state = match saga.state() {
            v1::SagaState::InFlight => Some(SagaState::InFlight),
            v1::SagaState::Stuck => Some(SagaState::Stuck),
            v1::SagaState::Compensating => Some(SagaState::Compensating),
            v1::SagaState::Idle => Some(SagaState::Idle),
            v1::SagaState::Unspecified => None,
        };
        Ok(Self {
            order_id: id(&saga.order_id, "Saga.order_id")?,
            order_status: required(status(saga.order_status()), "Saga.order_status")?,
            state: required(state, "Saga.state")?,
            step: optional_text(saga.step),
            attempts: saga.attempts,
            reason: optional_text(saga.reason),
            since: optional_time(saga.since),
            next_attempt_at: optional_time(saga.next_attempt_at),
            trace_id: optional_text(saga.trace_id),
        })
    }
}

impl TryFrom<v1::ListSagasResponse> for Sagas {
    type Error = Problem;

    fn try_from(reply: v1::ListSagasResponse) -> Result<Self, Problem> {
        Ok(Self {
            sagas: convert_all(reply.sagas)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}
