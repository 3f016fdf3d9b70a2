//! The fields of the provider's payment intents, refunds and errors that we read.

use std::collections::HashMap;

use chrono::DateTime;
use kernel::Currency;
use reqwest::Url;
use serde::{Deserialize, Deserializer};

use super::{ProviderError, answer};
use crate::domain::{self, Intent, ObservedIntent};

/// Characters of the longest redirect; browsers do not follow much longer ones.
const URL_LIMIT: usize = 2048;
/// Bytes of the longest fingerprint of a card; Stripe's have 16.
const FINGERPRINT_LIMIT: usize = 100;

/// A payment intent or a refund.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) amount: i64,
    #[serde(default)]
    pub(crate) amount_received: i64,
    #[serde(default)]
    pub(crate) currency: String,
    /// Empty if the provider sends none.
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
    metadata: Option<HashMap<String, String>>,
}

/// Why the provider refused the card.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CardError {
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) decline_code: Option<String>,
    #[serde(default)]
    payment_method: Option<PaymentMethod>,
}

/// The payment method that an error is about.
#[derive(Debug, Clone, Deserialize)]
struct PaymentMethod {
    #[serde(default)]
    card: Option<Card>,
}

#[derive(Debug, Clone, Deserialize)]
struct Card {
    #[serde(default)]
    fingerprint: Option<String>,
}

/// What the customer must do before the payment continues.
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
    /// The id that the next page starts after; `None` on the last page.
    ///
    /// # Errors
    /// The page is empty but not the last. To read it as the last page would mean that objects on later pages
    /// do not exist.
    pub(super) fn next_cursor(&self) -> Result<Option<&str>, ProviderError> {
        match (self.has_more, self.data.last()) {
            (false, _) => Ok(None),
            (true, Some(last)) => Ok(Some(&last.id)),
            (true, None) => Err(answer::unexpected(
                200,
                "an empty page claims that more follow",
            )),
        }
    }
}

impl Object {
    /// The state of an intent.
    pub(super) fn observed(&self) -> ObservedIntent {
        match self.status.as_str() {
            "requires_action" => self
                .redirect_url()
                .map_or(ObservedIntent::Undecided, |redirect_url| {
                    ObservedIntent::ActionRequired { redirect_url }
                }),
            "requires_capture" => ObservedIntent::Authorized,
            "requires_payment_method" => match &self.last_payment_error {
                Some(error) => ObservedIntent::Declined {
                    code: error.most_specific_code().to_owned(),
                    card_fingerprint: error.card_fingerprint(),
                },
                None => ObservedIntent::Undecided,
            },
            "canceled" => ObservedIntent::Canceled {
                expired: self.is_expired(),
            },
            "succeeded" => ObservedIntent::Captured,
            _ => ObservedIntent::Undecided,
        }
    }

    /// Where the customer completes 3-D Secure.
    pub(super) fn redirect_url(&self) -> Option<String> {
        let url = self.next_action.as_ref()?.redirect_to_url.as_ref()?;
        let url = Url::parse(url.url.as_deref()?).ok()?;
        let is_web = matches!(url.scheme(), "https" | "http");
        (is_web && url.as_str().len() <= URL_LIMIT).then(|| url.into())
    }

    /// Whether a canceled intent expired, rather than being canceled by someone.
    pub(super) fn is_expired(&self) -> bool {
        matches!(
            self.cancellation_reason.as_deref(),
            Some("automatic" | "expired")
        )
    }

    /// Why a refund failed, if it did.
    pub(super) fn refund_failure(&self) -> Option<String> {
        matches!(self.status.as_str(), "failed" | "canceled").then(|| {
            let reason = self.failure_reason.as_deref();
            reason.unwrap_or("refund_failed").to_owned()
        })
    }

    /// Whether a refund succeeded or is in progress.
    pub(super) fn is_accepted_refund(&self) -> bool {
        self.refund_failure().is_none()
    }

    /// An amount of the object in our minor units.
    ///
    /// # Errors
    /// It has a fraction of our minor unit.
    fn minor_units(&self, amount: i64) -> Result<i64, ProviderError> {
        let currency: Option<Currency> = self.currency.to_ascii_uppercase().parse().ok();
        let charged = currency.filter(|currency| domain::check_currency(*currency).is_ok());
        let Some(currency) = charged else {
            // No payment of ours has such a currency, so the object is foreign.
            return Ok(amount);
        };
        match domain::from_provider(amount, currency) {
            Ok(amount) => Ok(amount.minor_units()),
            Err(problem) => Err(answer::unexpected(200, &format!("{}: {problem}", self.id))),
        }
    }

    /// The intent of a refund, and the amount in our minor units; `None` if it has no intent.
    ///
    /// # Errors
    /// The amount has a fraction of our minor unit.
    pub(super) fn into_refunded(self) -> Result<Option<(String, i64)>, ProviderError> {
        let amount = self.minor_units(self.amount)?;
        Ok(self.payment_intent.map(|intent| (intent, amount)))
    }

    /// An intent as reconciliations compare it.
    ///
    /// # Errors
    /// An amount has a fraction of our minor unit.
    pub(super) fn into_intent(self) -> Result<Intent, ProviderError> {
        let amount = self.minor_units(self.amount)?;
        let received = self.minor_units(self.amount_received)?;
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Ok(Intent {
            payment_id: self.metadata("payment_id").and_then(|id| id.parse().ok()),
            order_id: self.metadata("order_id").and_then(|id| id.parse().ok()),
            reference: self.id,
            status: self.status,
            amount,
            currency: self.currency.to_ascii_uppercase(),
            received,
            refunded: 0,
            created_at: time(self.created),
            canceled_at: self.canceled_at.map(time),
        })
    }

    /// A value that we stored with the object.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(key).map(String::as_str)
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

impl CardError {
    /// The provider's name of the card, if the error has it.
    pub(super) fn card_fingerprint(&self) -> Option<String> {
        let card = self.payment_method.as_ref()?.card.as_ref()?;
        let fingerprint = card.fingerprint.as_deref();
        let usable = fingerprint.filter(|text| (1..=FINGERPRINT_LIMIT).contains(&text.len()));
        usable.map(str::to_owned)
    }

    /// The decline code, unless it is generic; else the error code.
    pub(super) fn most_specific_code(&self) -> &str {
        match (self.decline_code.as_deref(), self.code.as_deref()) {
            (None | Some("generic_decline"), Some(code)) => code,
            (Some(decline_code), _) => decline_code,
            (None, None) => "invalid_request",
        }
    }
}
