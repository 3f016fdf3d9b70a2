//! Stripe's error object: what went wrong, in words a program can act on.

use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    message: String,
    payment_intent: Option<Box<Value>>,
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
            acted: false,
        }
    }

    /// A parameter that is not as it must be. Found before acting, so the answer is not remembered
    /// under the idempotency key.
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

    /// A required parameter that did not come.
    pub(crate) fn missing(param: &str) -> Self {
        Self::parameter(
            "parameter_missing",
            param,
            format!("Missing required param: {param}."),
        )
    }

    /// The thing named by `param` does not exist.
    pub(crate) fn no_such(what: &str, id: &str, param: &'static str) -> Self {
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

    /// The thing exists, and its state does not allow what was asked.
    pub(crate) fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            acted: true,
            ..Self::new(400, "invalid_request_error", message)
        }
    }

    /// The card's issuer said no.
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

    /// No such URL.
    pub(crate) fn unknown_url(method: &str, path: &str) -> Self {
        Self::new(
            404,
            "invalid_request_error",
            format!("Unrecognized request URL ({method}: {path})."),
        )
    }

    /// The body or the query is not form-encoded, or too large.
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

    /// The first request with the key is still running.
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

    /// The sandbox itself is broken. Nothing was done.
    pub(crate) fn broken(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "the state cannot be read or written");
        Self::new(500, "api_error", "The sandbox cannot reach its state.")
    }

    /// A failure that was asked for through the controls.
    pub(crate) fn injected(status: u16) -> Self {
        if status == 429 {
            return Self {
                code: Some("rate_limit"),
                ..Self::new(429, "invalid_request_error", "Too many requests.")
            };
        }
        Self::new(status, "api_error", "The sandbox was told to fail.")
    }

    /// The same, as the answer that belongs to the idempotency key.
    pub(crate) fn stored(mut self) -> Self {
        self.acted = true;
        self
    }

    /// The answer to a call whose connection is cut before anything happens; nobody sees it.
    pub(crate) fn cut() -> Self {
        Self::new(500, "api_error", "The connection is cut.")
    }

    /// Adds the intent that the error is about.
    pub(crate) fn about(mut self, payment_intent: Value) -> Self {
        self.payment_intent = Some(Box::new(payment_intent));
        self
    }

    /// Whether the provider had begun to act: only then the answer belongs to the idempotency key.
    pub(crate) fn acted(&self) -> bool {
        self.acted
    }

    /// Whether it says that something does not exist.
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

    /// What an intent keeps as `last_payment_error`.
    pub(crate) fn fields(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        let optional = [
            ("code", self.code.map(Value::from)),
            ("decline_code", self.decline_code.map(Value::from)),
            ("param", self.param.clone().map(Value::from)),
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

macro_rules! broken {
    ($($cause:ty),+) => {$(
        impl From<$cause> for ApiError {
            fn from(cause: $cause) -> Self {
                Self::broken(&cause)
            }
        }
    )+};
}

broken!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    serde_json::Error
);
