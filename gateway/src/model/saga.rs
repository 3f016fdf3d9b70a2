use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    convert::{each, id, maybe_time, promised, some_text},
    order::{OrderStatus, status},
};
use crate::edge::problem::Problem;

/// How a saga is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SagaState {
    /// Waits for an answer, and has not been asked for unusually often.
    InFlight,
    /// Was asked for more often than the house is used to.
    Stuck,
    /// Undoes what was done.
    Compensating,
    /// Nothing is under way.
    Idle,
}

impl SagaState {
    /// The name in a query of each state that a list can be filtered by.
    pub(crate) const FILTERS: [(&str, Self); 3] = [
        ("in_flight", Self::InFlight),
        ("stuck", Self::Stuck),
        ("compensating", Self::Compensating),
    ];
}

/// What is, or was, under way for an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Saga {
    /// Which order.
    pub(crate) order_id: Uuid,
    /// Where the order is in its life.
    pub(crate) order_status: OrderStatus,
    /// How it is doing.
    pub(crate) state: SagaState,
    /// What is waited for: `reserve`, `authorize`, `commit`, `capture`, `void`, `release` or `refund`;
    /// absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "authorize")]
    pub(crate) step: Option<String>,
    /// How often it was asked for.
    pub(crate) attempts: u32,
    /// Why it is undone, or `action_required` while the customer is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "payment_declined")]
    pub(crate) reason: Option<String>,
    /// When the step was first asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// When it is asked for again, or given up; absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// The trace in which the order was placed, and which all that follows continues; absent for an
    /// order of an older version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0af7651916cd43dd8448eb211c80319c")]
    pub(crate) trace_id: Option<String>,
}

/// One page of sagas in flight.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sagas {
    /// Longest waiting first.
    pub(crate) sagas: Vec<Saga>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
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
            order_status: promised(status(saga.order_status()), "Saga.order_status")?,
            state: promised(state, "Saga.state")?,
            step: some_text(saga.step),
            attempts: saga.attempts,
            reason: some_text(saga.reason),
            since: maybe_time(saga.since),
            next_attempt_at: maybe_time(saga.next_attempt_at),
            trace_id: some_text(saga.trace_id),
        })
    }
}

impl TryFrom<v1::ListSagasResponse> for Sagas {
    type Error = Problem;

    fn try_from(reply: v1::ListSagasResponse) -> Result<Self, Problem> {
        Ok(Self {
            sagas: each(reply.sagas)?,
            next_page_token: some_text(reply.next_page_token),
        })
    }
}
