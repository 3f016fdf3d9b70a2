//! What the provider's answer means.

use std::time::Duration;

use serde::Deserialize;

use super::ProviderError;
use super::object::{CardError, Object};
use crate::domain::{Answer, Operation, Task};

/// The code of a hold that ran out.
const EXPIRED: &str = "authorization_expired";

#[derive(Debug, Deserialize)]
struct Failure {
    error: ErrorObject,
}

#[derive(Debug, Deserialize)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    card: CardError,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    payment_intent: Option<Object>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// It was stored under the idempotency key before: the key has nothing else to say.
    pub(super) replayed: bool,
    pub(super) body: Vec<u8>,
}

/// Sorts an answer: definite, or an error. Only what is certain is an answer.
pub(super) fn of(operation: &Operation, raw: &Raw) -> Result<Answer, ProviderError> {
    let status = raw.status;
    match status {
        200..=299 => match serde_json::from_slice(&raw.body) {
            Ok(object) => done(operation, status, object),
            Err(_) => Err(unexpected(status, "the body is not what it should be")),
        },
        400..=499 if !matches!(status, 401 | 403 | 409 | 429) => {
            match serde_json::from_slice::<Failure>(&raw.body) {
                Ok(failure) => refused(operation, status, failure.error),
                Err(_) => Err(unexpected(status, "the body is not an error object")),
            }
        }
        _ => Err(no_answer(raw)),
    }
}

/// What an answer that says nothing about the question means.
pub(super) fn no_answer(raw: &Raw) -> ProviderError {
    let status = raw.status;
    match status {
        401 | 403 => ProviderError::Denied { status },
        409 | 429 => ProviderError::Later {
            status,
            retry_after: raw.retry_after,
        },
        200..=499 => unexpected(status, "it does not answer the question"),
        _ => ProviderError::Unwell {
            status,
            for_good: raw.replayed,
        },
    }
}

/// What an object of the provider means for the operation.
pub(super) fn done(
    operation: &Operation,
    http: u16,
    object: Object,
) -> Result<Answer, ProviderError> {
    let amount = operation.amount.minor_units();
    let good = match operation.task {
        Task::Authorize if object.status == "requires_action" && object.amount == amount => {
            return match object.redirect_url() {
                Some(redirect_url) => Ok(Answer::ActionRequired {
                    reference: object.id,
                    redirect_url,
                }),
                None => Err(unexpected(http, "the required action is not supported")),
            };
        }
        Task::Authorize => object.status == "requires_capture" && object.amount == amount,
        Task::Capture => object.status == "succeeded" && object.amount_received == amount,
        Task::Void => object.status == "canceled",
        Task::Refund(_) => {
            if let Some(code) = object.refund_failure() {
                return Ok(Answer::Refused {
                    code,
                    reference: Some(object.id),
                });
            }
            // "pending" is on its way too; if the bank sends it back, a later lookup finds that.
            object.amount == amount
        }
    };
    if good {
        return Ok(Answer::Done {
            reference: object.id,
        });
    }
    let what = format!("{} is {} of {}", object.id, object.status, object.amount);
    Err(unexpected(http, &what))
}

/// The outcome of an authorization, capture or void, by what the intent is now; None when the provider
/// has not acted. Nothing is guessed.
pub(super) fn found(
    operation: &Operation,
    intent: Object,
) -> Result<Option<Answer>, ProviderError> {
    let task = operation.task;
    match (task, intent.status.as_str()) {
        (Task::Authorize, "requires_payment_method") => {
            // Made and never confirmed: it holds nothing, and never will.
            let Some(error) = intent.last_payment_error else {
                return Ok(None);
            };
            Ok(Some(Answer::Refused {
                code: error.telling().to_owned(),
                reference: Some(intent.id),
            }))
        }
        (Task::Authorize, "requires_confirmation") => Ok(None),
        (Task::Authorize, "canceled") => Ok(Some(Answer::Refused {
            code: gone(&intent).to_owned(),
            reference: Some(intent.id),
        })),
        (Task::Capture, "requires_capture") => Ok(None),
        (Task::Capture, "canceled") => Ok(Some(Answer::HoldGone {
            code: gone(&intent).to_owned(),
        })),
        (Task::Void, "canceled") if intent.ran_out() => Ok(Some(Answer::HoldGone {
            code: EXPIRED.to_owned(),
        })),
        (Task::Void, status) if status.starts_with("requires_") => Ok(None),
        _ => done(operation, 200, intent).map(Some),
    }
}

fn refused(operation: &Operation, http: u16, error: ErrorObject) -> Result<Answer, ProviderError> {
    // Another request used this key, so the outcome of this one is unknown.
    if error.kind == "idempotency_error" {
        return Err(unexpected(http, "the idempotency key was used otherwise"));
    }
    let code = error.card.telling();
    // A payment method that does not exist is the customer's mistake, as a declined card is.
    let is_customers =
        error.kind == "card_error" || error.param.as_deref() == Some("payment_method");
    let state = error.payment_intent.as_ref();
    let gone_by_itself = state.is_some_and(|intent| intent.status == "canceled");
    if !is_customers && !gone_by_itself {
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
    let is_missing = error.card.code.as_deref() == Some("resource_missing");
    match (operation.task, error.payment_intent) {
        (Task::Capture, Some(intent)) if intent.status == "succeeded" => {
            done(operation, http, intent)
        }
        (Task::Capture | Task::Void, Some(intent)) if intent.status == "canceled" => {
            Ok(Answer::HoldGone {
                code: gone(&intent).to_owned(),
            })
        }
        (Task::Capture | Task::Void, _) if is_missing => Ok(Answer::HoldGone {
            code: error.card.telling().to_owned(),
        }),
        // A hold that is not released is still held: a person must look, and the call is repeated.
        (Task::Void, _) => Err(unexpected(http, error.card.telling())),
        (_, intent) => Ok(Answer::Refused {
            code: error.card.telling().to_owned(),
            reference: match operation.task {
                Task::Authorize => intent.map(|intent| intent.id),
                _ => None,
            },
        }),
    }
}

/// Why nothing is held any more.
fn gone(intent: &Object) -> &'static str {
    if intent.ran_out() {
        EXPIRED
    } else {
        "authorization_canceled"
    }
}

pub(super) fn unexpected(status: u16, what: &str) -> ProviderError {
    ProviderError::Unexpected {
        status,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
