//! Errors in the shape of Stripe's error object.

use serde_json::{Value, json};

/// An error response.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    message: String,
    payment_intent: Option<Box<Value>>,
    payment_method: Option<Box<Value>>,
    acted: bool,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code: None,
            decline_code: None,
            param: None,
            message: message.into(),
            payment_intent: None,
            payment_method: None,
            acted: false,
        }
    }

    /// An invalid parameter. It is found before the call acts, so the response is not stored under the
    /// idempotency key.
    pub(crate) fn parameter(
        code: &'static str,
        param: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: Some(code),
            param: Some(param.into()),
            ..Self::new(400, "invalid_request_error", message)
        }
    }

    /// A required parameter is missing.
    pub(crate) fn missing(param: &str) -> Self {
        Self::parameter(
            "parameter_missing",
            param,
            format!("Missing required param: {param}."),
        )
    }

    /// The object that `param` names does not exist.
    pub(crate) fn not_found(what: &str, id: &str, param: &'static str) -> Self {
        Self {
            code: Some("resource_missing"),
            param: Some(param.to_owned()),
            ..Self::new(
                404,
                "invalid_request_error",
                format!("No such {what}: '{id}'"),
            )
        }
    }

    /// The state of the object does not allow the operation.
    pub(crate) fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            acted: true,
            ..Self::new(400, "invalid_request_error", message)
        }
    }

    /// The card issuer declined.
    pub(crate) fn card(
        code: &'static str,
        decline_code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: Some(code),
            decline_code: Some(decline_code),
            acted: true,
            ..Self::new(402, "card_error", message)
        }
    }

    /// The secret key is missing or wrong.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// The URL does not exist.
    pub(crate) fn unknown_url(method: &str, path: &str) -> Self {
        Self::new(
            404,
            "invalid_request_error",
            format!("Unrecognized request URL ({method}: {path})."),
        )
    }

    /// The body or the query is not form-encoded or is too large, or a header is invalid.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// The key was used before with other parameters.
    pub(crate) fn key_reused() -> Self {
        Self::new(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with.",
        )
    }

    /// The first request with the key is in flight.
    pub(crate) fn key_in_use() -> Self {
        Self {
            code: Some("idempotency_key_in_use"),
            ..Self::new(
                409,
                "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key.",
            )
        }
    }

    /// The state cannot be read or written. The call did nothing.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "state cannot be read or written");
        Self::new(500, "api_error", "The sandbox cannot access its state.")
    }

    /// A failure that was injected through the controls.
    pub(crate) fn injected(status: u16) -> Self {
        if status == 429 {
            return Self {
                code: Some("rate_limit"),
                ..Self::new(429, "invalid_request_error", "Too many requests.")
            };
        }
        Self::new(status, "api_error", "The sandbox injected this failure.")
    }

    /// The error, to be stored under the idempotency key.
    pub(crate) fn stored(mut self) -> Self {
        self.acted = true;
        self
    }

    /// The result of a call whose connection is cut before it acts. It is never sent.
    pub(crate) fn cut() -> Self {
        Self::new(500, "api_error", "The connection is cut.")
    }

    /// Adds the intent that the error concerns.
    pub(crate) fn with_intent(mut self, payment_intent: Value) -> Self {
        self.payment_intent = Some(Box::new(payment_intent));
        self
    }

    /// Adds the payment method that the error concerns.
    pub(crate) fn with_method(mut self, payment_method: Value) -> Self {
        self.payment_method = Some(Box::new(payment_method));
        self
    }

    /// Whether the provider acted: only then the response is stored under the idempotency key.
    pub(crate) fn acted(&self) -> bool {
        self.acted
    }

    /// Whether the object does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        self.code == Some("resource_missing")
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// `{"error": {..}}`
    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.fields() })
    }

    /// The value of an intent's `last_payment_error`.
    pub(crate) fn fields(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        let optional = [
            ("code", self.code.map(Value::from)),
            ("decline_code", self.decline_code.map(Value::from)),
            ("param", self.param.clone().map(Value::from)),
            ("payment_method", self.payment_method.as_deref().cloned()),
            ("payment_intent", self.payment_intent.as_deref().cloned()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                error[name] = value;
            }
        }
        error
    }
}

macro_rules! internal {
    ($($cause:ty),+) => {$(
        impl From<$cause> for ApiError {
            fn from(cause: $cause) -> Self {
                Self::internal(&cause)
            }
        }
    )+};
}

internal!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    serde_json::Error
);
