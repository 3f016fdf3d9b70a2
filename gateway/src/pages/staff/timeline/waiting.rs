//! Where an order waits now.

use chrono::{DateTime, Utc};

use super::{Input, clock, lane::Lane, row::Waiting, sequence::Pending, step::Step};
use crate::model::{OrderStatus, Saga, SagaState};

/// Where it waits; `None` if it has ended. Without the saga, the step that the timeline leaves open.
pub(super) fn of(input: &Input<'_>, pending: Option<Pending>) -> Option<Waiting> {
    let Some(saga) = input.saga else {
        return match pending {
            Some(Pending { step, attempt, .. }) => Some(Waiting {
                lane: step.lane(),
                text: awaited(step, attempt),
                class: "active",
            }),
            None => idle(input.status),
        };
    };
    let step = saga.step.as_deref().and_then(Step::parse);
    match step {
        Some(step) => Some(for_reply(saga, step, input.now)),
        None => idle(input.status),
    }
}

fn for_reply(saga: &Saga, step: Step, now: DateTime<Utc>) -> Waiting {
    let next = saga.next_attempt_at;
    if saga.reason.as_deref() == Some("action_required") {
        let until = next.map(|at| format!(", until {}", clock(at)));
        let until = until.unwrap_or_default();
        return Waiting {
            lane: Lane::People,
            text: format!("Waits for the customer: confirm the payment at the bank{until}"),
            class: "active",
        };
    }
    let lane = step.lane();
    let again = next.map(|at| match at <= now {
        true => format!(", again at once, due since {}", clock(at)),
        false => format!(", again at {}", clock(at)),
    });
    let text = awaited(step, saga.attempts) + &again.unwrap_or_default();
    match saga.state {
        SagaState::Stuck => Waiting {
            lane,
            text: format!("Stuck. {text}"),
            class: "stuck",
        },
        _ => Waiting {
            lane,
            text,
            class: "active",
        },
    }
}

fn awaited(step: Step, attempt: u32) -> String {
    let (service, step) = (step.lane().name(), step.name());
    format!("Waits for {service}: {step}, attempt {attempt}")
}

/// No step is in progress: only people can go on.
fn idle(status: OrderStatus) -> Option<Waiting> {
    let text = match status {
        OrderStatus::Confirmed => "Waits for staff: hand the parcel to a carrier",
        OrderStatus::Shipped => "Waits for staff: the carrier has to deliver it",
        OrderStatus::Pending
        | OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Delivered => return None,
    };
    Some(Waiting {
        lane: Lane::People,
        text: text.to_owned(),
        class: "idle",
    })
}
