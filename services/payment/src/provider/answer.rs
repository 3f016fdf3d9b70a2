//! What the provider's answer means.

use std::time::Duration;

use serde::Deserialize;

use super::Trouble;
use crate::domain::{Answer, Operation, Task};

/// The fields that we read of a payment intent or a refund.
#[derive(Debug, Deserialize)]
struct Object {
    id: String,
    amount: i64,
    #[serde(default)]
    amount_received: i64,
    status: String,
    #[serde(default)]
    cancellation_reason: Option<String>,
    #[serde(default)]
    failure_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    error: ErrorObject,
}

#[derive(Debug, Deserialize)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    payment_intent: Option<Object>,
}

/// Sorts an answer: definite, or trouble. Only what is certain is an answer.
pub(super) fn of(
    operation: &Operation,
    status: u16,
    retry_after: Option<Duration>,
    body: &[u8],
) -> Result<Answer, Trouble> {
    match status {
        200..=299 => match serde_json::from_slice(body) {
            Ok(object) => done(operation, status, object),
            Err(_) => Err(unexpected(status, "the body is not what it should be")),
        },
        401 | 403 => Err(Trouble::Denied { status }),
        409 | 429 => Err(Trouble::Later {
            status,
            retry_after,
        }),
        400..=499 => match serde_json::from_slice::<Failure>(body) {
            Ok(failure) => refused(operation, status, failure.error),
            Err(_) => Err(unexpected(status, "the body is not an error object")),
        },
        _ => Err(Trouble::Unwell { status }),
    }
}

fn done(operation: &Operation, http: u16, object: Object) -> Result<Answer, Trouble> {
    let amount = operation.amount.minor_units();
    let good = match operation.task {
        Task::Authorize => object.status == "requires_capture" && object.amount == amount,
        Task::Capture => object.status == "succeeded" && object.amount_received == amount,
        Task::Void => object.status == "canceled",
        Task::Refund(_) if matches!(object.status.as_str(), "failed" | "canceled") => {
            return Ok(Answer::Refused {
                code: object
                    .failure_reason
                    .unwrap_or_else(|| "refund_failed".to_owned()),
                reference: Some(object.id),
            });
        }
        // "pending" is on its way too; what banks do then is not ours to wait for.
        Task::Refund(_) => object.amount == amount,
    };
    if good {
        return Ok(Answer::Done {
            reference: object.id,
        });
    }
    let what = format!("{} is {} of {}", object.id, object.status, object.amount);
    Err(unexpected(http, &what))
}

fn refused(operation: &Operation, http: u16, error: ErrorObject) -> Result<Answer, Trouble> {
    // Another request went out under this key, so what became of it is not known.
    if error.kind == "idempotency_error" {
        return Err(unexpected(http, "the idempotency key was used otherwise"));
    }
    let code = match (error.decline_code.as_deref(), error.code.as_deref()) {
        (None | Some("generic_decline"), Some(code)) => code,
        (Some(decline_code), _) => decline_code,
        (None, None) => "invalid_request",
    };
    // A payment method that does not exist is the customer's mistake, as a declined card is.
    let is_customers =
        error.kind == "card_error" || error.param.as_deref() == Some("payment_method");
    if !is_customers {
        tracing::error!(
            operation = operation.task.name(),
            payment_id = %operation.payment_id,
            order_id = %operation.order_id,
            status = http,
            kind = error.kind,
            code,
            param = error.param,
            "the provider does not accept the request"
        );
    }
    let state = error.payment_intent.as_ref();
    let gone = error.code.as_deref() == Some("resource_missing");
    match (operation.task, state.map(|intent| intent.status.as_str())) {
        (Task::Capture, Some("succeeded")) => match error.payment_intent {
            Some(intent) => done(operation, http, intent),
            None => Err(unexpected(http, code)),
        },
        (Task::Capture | Task::Void, Some("canceled")) => Ok(Answer::HoldGone {
            code: match state.and_then(|intent| intent.cancellation_reason.as_deref()) {
                Some("automatic") => "authorization_expired".to_owned(),
                _ => "authorization_canceled".to_owned(),
            },
        }),
        (Task::Capture | Task::Void, _) if gone => Ok(Answer::HoldGone {
            code: code.to_owned(),
        }),
        // What it does not let go is still held: someone must look, and we go on asking.
        (Task::Void, _) => Err(unexpected(http, code)),
        _ => Ok(Answer::Refused {
            code: code.to_owned(),
            reference: error.payment_intent.map(|intent| intent.id),
        }),
    }
}

fn unexpected(status: u16, what: &str) -> Trouble {
    Trouble::Unexpected {
        status,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
