//! The fields that we read of the provider's payment intents, refunds and errors.

use std::collections::HashMap;

use chrono::DateTime;
use reqwest::Url;
use serde::{Deserialize, Deserializer};

use super::{ProviderError, answer};
use crate::domain::{Intent, Seen};

/// A redirect longer than this is none that a browser follows.
const URL_LIMIT: usize = 2048;

/// A payment intent or a refund.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) amount: i64,
    #[serde(default)]
    pub(crate) amount_received: i64,
    #[serde(default)]
    pub(crate) currency: String,
    /// Empty where the provider has none.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) status: String,
    /// Unix time.
    #[serde(default)]
    created: i64,
    /// Unix time; of a canceled intent.
    #[serde(default)]
    canceled_at: Option<i64>,
    /// The intent of a refund.
    #[serde(default)]
    pub(crate) payment_intent: Option<String>,
    #[serde(default)]
    pub(crate) cancellation_reason: Option<String>,
    #[serde(default)]
    pub(crate) failure_reason: Option<String>,
    #[serde(default)]
    pub(crate) last_payment_error: Option<CardError>,
    #[serde(default)]
    pub(crate) next_action: Option<NextAction>,
    #[serde(default)]
    pub(crate) metadata: Option<HashMap<String, String>>,
}

/// Why a card was refused.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CardError {
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) decline_code: Option<String>,
}

/// What the customer must do.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NextAction {
    #[serde(default)]
    redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Clone, Deserialize)]
struct Redirect {
    #[serde(default)]
    url: Option<String>,
}

/// One page of a list, newest first.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    pub(super) data: Vec<Object>,
    pub(super) has_more: bool,
}

impl List {
    /// What the next page begins after; none on the last one. A page is not taken for the last one unless
    /// it says so: what is on no page does not exist.
    pub(super) fn goes_on_after(&self) -> Result<Option<&str>, ProviderError> {
        match (self.has_more, self.data.last()) {
            (false, _) => Ok(None),
            (true, Some(last)) => Ok(Some(&last.id)),
            (true, None) => Err(answer::unexpected(200, "an empty page is not the last")),
        }
    }
}

impl Object {
    /// The state of an intent.
    pub(super) fn seen(&self) -> Seen {
        match self.status.as_str() {
            "requires_action" => {
                self.redirect_url()
                    .map_or(Seen::Undecided, |redirect_url| Seen::ActionRequired {
                        redirect_url,
                    })
            }
            "requires_capture" => Seen::Held,
            "requires_payment_method" => match &self.last_payment_error {
                Some(error) => Seen::Declined {
                    code: error.telling().to_owned(),
                },
                None => Seen::Undecided,
            },
            "canceled" => Seen::Canceled {
                expired: self.ran_out(),
            },
            "succeeded" => Seen::Taken,
            _ => Seen::Undecided,
        }
    }

    /// Where the customer passes 3-D Secure.
    pub(super) fn redirect_url(&self) -> Option<String> {
        let url = self.next_action.as_ref()?.redirect_to_url.as_ref()?;
        let url = Url::parse(url.url.as_deref()?).ok()?;
        let is_web = matches!(url.scheme(), "https" | "http");
        (is_web && url.as_str().len() <= URL_LIMIT).then(|| url.into())
    }

    /// Whether a canceled intent expired by itself.
    pub(super) fn ran_out(&self) -> bool {
        matches!(
            self.cancellation_reason.as_deref(),
            Some("automatic" | "expired")
        )
    }

    /// Why a refund did not go back, if it did not.
    pub(super) fn refund_failure(&self) -> Option<String> {
        matches!(self.status.as_str(), "failed" | "canceled").then(|| {
            let reason = self.failure_reason.as_deref();
            reason.unwrap_or("refund_failed").to_owned()
        })
    }

    /// Whether the money of a refund is on its way, or there.
    pub(super) fn is_good_refund(&self) -> bool {
        self.refund_failure().is_none()
    }

    /// An intent as reconciliations compare it.
    pub(super) fn into_intent(self) -> Intent {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Intent {
            payment_id: self.note("payment_id").and_then(|id| id.parse().ok()),
            reference: self.id,
            status: self.status,
            amount: self.amount,
            currency: self.currency.to_ascii_uppercase(),
            received: self.amount_received,
            refunded: 0,
            created_at: time(self.created),
            canceled_at: self.canceled_at.map(time),
        }
    }

    /// Our metadata of it.
    pub(super) fn note(&self, key: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(key).map(String::as_str)
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

impl CardError {
    /// The most telling code.
    pub(super) fn telling(&self) -> &str {
        match (self.decline_code.as_deref(), self.code.as_deref()) {
            (None | Some("generic_decline"), Some(code)) => code,
            (Some(decline_code), _) => decline_code,
            (None, None) => "invalid_request",
        }
    }
}
