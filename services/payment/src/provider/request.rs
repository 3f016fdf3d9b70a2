use super::ProviderError;
use crate::domain::{Operation, Task};

/// A POST.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) form: Vec<(&'static str, String)>,
}

/// The placeholder for the order's id in `provider.return_url`.
const ORDER: &str = "{order_id}";

/// The request of an operation. It must be the same at each attempt, or the provider refuses the
/// idempotency key; so nothing in it depends on time. The return URL is the only part from the
/// configuration; after it changes, the outcome of earlier attempts is searched for. `amount` is in the
/// provider's units.
pub(super) fn of(
    operation: &Operation,
    amount: i64,
    return_url: &str,
) -> Result<Request, ProviderError> {
    let amount = amount.to_string();
    let request = match operation.task {
        Task::Authorize => Request {
            path: "/v1/payment_intents".to_owned(),
            form: vec![
                ("amount", amount),
                (
                    "currency",
                    operation.amount.currency().code().to_ascii_lowercase(),
                ),
                ("payment_method", operation.payment_method.clone()),
                ("payment_method_types[]", "card".to_owned()),
                ("capture_method", "manual".to_owned()),
                ("confirm", "true".to_owned()),
                (
                    "return_url",
                    return_url.replace(ORDER, &operation.order_id.to_string()),
                ),
                ("metadata[order_id]", operation.order_id.to_string()),
                ("metadata[payment_id]", operation.payment_id.to_string()),
            ],
        },
        Task::Capture => Request {
            path: format!("/v1/payment_intents/{}/capture", intent(operation)?),
            form: Vec::new(),
        },
        Task::Void => Request {
            path: format!("/v1/payment_intents/{}/cancel", intent(operation)?),
            form: Vec::new(),
        },
        Task::Refund(refund_id) => Request {
            path: "/v1/refunds".to_owned(),
            form: vec![
                ("payment_intent", intent(operation)?.to_owned()),
                ("amount", amount),
                ("metadata[order_id]", operation.order_id.to_string()),
                ("metadata[refund_id]", refund_id.to_string()),
            ],
        },
    };
    Ok(request)
}

fn intent(operation: &Operation) -> Result<&str, ProviderError> {
    operation
        .reference
        .as_deref()
        .ok_or_else(|| ProviderError::Unexpected {
            status: 0,
            what: "the payment has no intent at the provider".to_owned(),
        })
}
