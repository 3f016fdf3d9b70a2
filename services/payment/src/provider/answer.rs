//! Interprets the provider's answers.

use std::time::Duration;

use serde::Deserialize;

use super::ProviderError;
use super::object::{CardError, Object};
use crate::domain::{self, Answer, Operation, Task};

/// The code of an authorization that expired.
const EXPIRED: &str = "authorization_expired";
/// The code of a payment method that the provider does not know.
const METHOD_UNKNOWN: &str = "payment_method_unknown";
/// Characters of the longest description of a rejected request.
const PROBLEM_LIMIT: usize = 500;

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
    message: Option<String>,
    #[serde(default)]
    payment_intent: Option<Object>,
}

/// A response over HTTP.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The provider replayed the answer that it stored under the idempotency key.
    pub(super) replayed: bool,
    pub(super) body: Vec<u8>,
}

/// The definite answer of a response. Everything that leaves the outcome unknown is an error.
pub(super) fn of(operation: &Operation, raw: &Raw) -> Result<Answer, ProviderError> {
    let status = raw.status;
    match status {
        200..=299 => match serde_json::from_slice(&raw.body) {
            Ok(object) => done(operation, status, object),
            Err(_) => Err(unexpected(status, "the body is not an intent or a refund")),
        },
        400..=499 if !matches!(status, 401 | 403 | 409 | 429) => {
            match serde_json::from_slice::<Failure>(&raw.body) {
                Ok(failure) => refused(operation, status, failure.error),
                Err(_) => Err(unexpected(status, "the body is not an error object")),
            }
        }
        _ => Err(error(raw)),
    }
}

/// The error of a response without a definite answer.
pub(super) fn error(raw: &Raw) -> ProviderError {
    let status = raw.status;
    match status {
        401 | 403 => ProviderError::Denied { status },
        409 | 429 => ProviderError::RetryLater {
            status,
            retry_after: raw.retry_after,
        },
        200..=499 => unexpected(status, "the status does not fit the request"),
        _ => ProviderError::ServerError {
            status,
            is_stored: raw.replayed,
        },
    }
}

/// The answer that an intent or a refund of the provider gives to the operation.
pub(super) fn done(
    operation: &Operation,
    http: u16,
    object: Object,
) -> Result<Answer, ProviderError> {
    let amount = domain::to_provider(operation.amount)
        .map_err(|problem| unexpected(http, &problem.to_string()))?;
    let is_done = match operation.task {
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
                    card_fingerprint: None,
                });
            }
            // Also `pending`: if the bank returns it, a later lookup finds that.
            object.amount == amount
        }
    };
    if is_done {
        return Ok(Answer::Done {
            reference: object.id,
        });
    }
    let what = format!("{} is {} of {}", object.id, object.status, object.amount);
    Err(unexpected(http, &what))
}

/// The outcome of an authorization, capture or void, by the present state of the intent; `None` when the
/// provider has not acted.
pub(super) fn found(
    operation: &Operation,
    intent: Object,
) -> Result<Option<Answer>, ProviderError> {
    let task = operation.task;
    match (task, intent.status.as_str()) {
        (Task::Authorize, "requires_payment_method") => {
            // Created but never confirmed: it will never hold money.
            let Some(error) = intent.last_payment_error else {
                return Ok(None);
            };
            Ok(Some(Answer::Refused {
                code: error.most_specific_code().to_owned(),
                reference: Some(intent.id),
                card_fingerprint: error.card_fingerprint(),
            }))
        }
        (Task::Authorize, "requires_confirmation") => Ok(None),
        (Task::Authorize, "canceled") => Ok(Some(Answer::Refused {
            code: end_code(&intent).to_owned(),
            reference: Some(intent.id),
            card_fingerprint: None,
        })),
        (Task::Capture, "requires_capture") => Ok(None),
        (Task::Capture, "canceled") => Ok(Some(Answer::AuthorizationEnded {
            code: end_code(&intent).to_owned(),
        })),
        (Task::Void, "canceled") if intent.is_expired() => Ok(Some(Answer::AuthorizationEnded {
            code: EXPIRED.to_owned(),
        })),
        (Task::Void, status) if status.starts_with("requires_") => Ok(None),
        _ => done(operation, 200, intent).map(Some),
    }
}

fn refused(operation: &Operation, http: u16, error: ErrorObject) -> Result<Answer, ProviderError> {
    // The key belongs to a different request, so the outcome of this one is unknown.
    if error.kind == "idempotency_error" {
        return Err(unexpected(
            http,
            "the idempotency key was used for another request",
        ));
    }
    let is_missing = error.card.code.as_deref() == Some("resource_missing");
    match (operation.task, error.payment_intent) {
        (Task::Capture, Some(intent)) if intent.status == "succeeded" => {
            done(operation, http, intent)
        }
        (Task::Capture | Task::Void, Some(intent)) if intent.status == "canceled" => {
            Ok(Answer::AuthorizationEnded {
                code: end_code(&intent).to_owned(),
            })
        }
        (Task::Capture | Task::Void, _) if is_missing => {
            tracing::error!(
                operation = operation.task.name(),
                payment_id = %operation.payment_id,
                order_id = %operation.order_id,
                "the provider does not have the intent of an authorized payment"
            );
            Ok(Answer::AuthorizationEnded {
                code: error.card.most_specific_code().to_owned(),
            })
        }
        // The authorization still holds money: an operator must investigate, and the call is repeated.
        (Task::Void, _) => Err(unexpected(http, error.card.most_specific_code())),
        (_, intent) => {
            let problem = problem(
                &error.kind,
                &error.card,
                error.param.as_deref(),
                error.message,
            );
            let is_canceled = intent
                .as_ref()
                .is_some_and(|intent| intent.status == "canceled");
            let is_method = is_missing && error.param.as_deref() == Some("payment_method");
            let code = if is_method {
                METHOD_UNKNOWN
            } else {
                error.card.most_specific_code()
            };
            let code = code.to_owned();
            let reference = match operation.task {
                Task::Authorize => intent.map(|intent| intent.id),
                _ => None,
            };
            Ok(if error.kind == "card_error" || is_canceled {
                Answer::Refused {
                    code,
                    reference,
                    card_fingerprint: error.card.card_fingerprint(),
                }
            } else {
                Answer::Rejected {
                    code,
                    problem,
                    reference,
                }
            })
        }
    }
}

/// What the provider says about a request that it rejects.
fn problem(kind: &str, error: &CardError, param: Option<&str>, message: Option<String>) -> String {
    let code = error.most_specific_code();
    let param = param.map(|param| format!(", {param}")).unwrap_or_default();
    let message = message.unwrap_or_else(|| "no message".to_owned());
    let text = format!("{kind} ({code}{param}): {message}");
    text.chars().take(PROBLEM_LIMIT).collect()
}

/// Why the authorization ended.
fn end_code(intent: &Object) -> &'static str {
    if intent.is_expired() {
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
