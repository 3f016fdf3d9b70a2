//! What the provider lists: intents and refunds, page by page, newest first.

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, Utc};
use kernel::PaymentId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::{self, Raw};
use super::find::body;
use super::object::List;
use super::{Provider, ProviderError};
use crate::domain::Intent;

/// Stripe's most per page.
const PAGE: &str = "100";
/// No payment has as many refunds; a provider that always says "more" must not keep us for ever.
const MAX_REFUND_PAGES: usize = 100;

/// A stretch of time that is listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Created {
    pub(crate) from: DateTime<Utc>,
    /// None: until now.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// Part of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page goes on; none on the last.
    pub(crate) next: Option<String>,
}

/// Money that went back, or is on its way.
#[derive(Debug)]
pub(crate) struct GivenBack {
    /// The intent that it was taken by.
    pub(crate) reference: String,
    /// Minor units.
    pub(crate) amount: i64,
}

#[derive(Deserialize)]
struct IntentObject {
    id: String,
    status: String,
    amount: i64,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    created: i64,
    #[serde(default)]
    canceled_at: Option<i64>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct RefundObject {
    id: String,
    amount: i64,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    payment_intent: Option<String>,
}

impl IntentObject {
    fn into_intent(self) -> Intent {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Intent {
            payment_id: self.metadata.as_ref().and_then(payment_id),
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
}

fn payment_id(metadata: &HashMap<String, String>) -> Option<PaymentId> {
    metadata.get("payment_id")?.parse().ok()
}

impl RefundObject {
    fn given_back(self) -> Option<GivenBack> {
        match self.status.as_deref() {
            Some("failed" | "canceled") => None,
            _ => Some(GivenBack {
                reference: self.payment_intent?,
                amount: self.amount,
            }),
        }
    }
}

impl Provider {
    /// One page of the intents made in a time; what was given back of them is not in it.
    pub(crate) async fn intents(
        &self,
        created: Created,
        after: Option<&str>,
    ) -> Result<Page<Intent>, ProviderError> {
        let query = query(created, after);
        let list: List<IntentObject> = self.read_list("/v1/payment_intents", &query).await?;
        let next = list.goes_on_after()?.map(|intent| intent.id.clone());
        let items = list.data.into_iter().map(IntentObject::into_intent);
        Ok(Page {
            items: items.collect(),
            next,
        })
    }

    /// One page of the refunds made in a time; those that failed are left out.
    pub(crate) async fn refunds(
        &self,
        created: Created,
        after: Option<&str>,
    ) -> Result<Page<GivenBack>, ProviderError> {
        self.refund_page(&query(created, after)).await
    }

    /// One intent as it is now, with what was given back of it.
    pub(crate) async fn intent(&self, reference: &str) -> Result<Option<Intent>, ProviderError> {
        let path = format!("/v1/payment_intents/{reference}");
        let raw = self.ask_for(&path, &[]).await?;
        if raw.status == 404 {
            return Ok(None);
        }
        let mut intent = body::<IntentObject>(&raw)?.into_intent();
        if intent.received == 0 {
            return Ok(Some(intent));
        }
        let mut after = None;
        for _ in 0..MAX_REFUND_PAGES {
            let mut query = vec![
                ("limit", PAGE.to_owned()),
                ("payment_intent", reference.to_owned()),
            ];
            query.extend(after.map(|after| ("starting_after", after)));
            let page = self.refund_page(&query).await?;
            let sum: i64 = page.items.iter().map(|refund| refund.amount).sum();
            intent.refunded = intent.refunded.saturating_add(sum);
            after = page.next;
            if after.is_none() {
                return Ok(Some(intent));
            }
        }
        Err(answer::unexpected(200, "the list of refunds does not end"))
    }

    async fn refund_page(&self, query: &Query) -> Result<Page<GivenBack>, ProviderError> {
        let list: List<RefundObject> = self.read_list("/v1/refunds", query).await?;
        let next = list.goes_on_after()?.map(|refund| refund.id.clone());
        let items = list.data.into_iter().filter_map(RefundObject::given_back);
        Ok(Page {
            items: items.collect(),
            next,
        })
    }

    async fn read_list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<List<T>, ProviderError> {
        body(&self.ask_for(path, query).await?)
    }

    async fn ask_for(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Raw, ProviderError> {
        let started = Instant::now();
        let result = self.get(path, query).await;
        let outcome = match &result {
            Ok(_) => "done",
            Err(error) => error.name(),
        };
        super::measure("read", outcome, started);
        result
    }
}

type Query = Vec<(&'static str, String)>;

fn query(created: Created, after: Option<&str>) -> Query {
    let mut query = vec![
        ("limit", PAGE.to_owned()),
        ("created[gte]", created.from.timestamp().to_string()),
    ];
    let until = created.until;
    query.extend(until.map(|until| ("created[lt]", (until.timestamp() + 1).to_string())));
    query.extend(after.map(|after| ("starting_after", after.to_owned())));
    query
}
