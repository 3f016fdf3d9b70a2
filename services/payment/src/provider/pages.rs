//! The provider's lists of intents and refunds, page by page, newest first.

use std::future::ready;

use chrono::{DateTime, Utc};
use reqwest::header;
use serde::de::DeserializeOwned;

use super::answer::{self, Raw};
use super::object::{List, Object};
use super::{Provider, ProviderError, measured};
use crate::domain::Intent;
use crate::metrics::{Call, CallOutcome};

/// Objects per page; Stripe's maximum.
const PAGE_SIZE: &str = "100";
/// Most pages that [`Provider::all`] reads.
const MAX_PAGES: usize = 100;

/// The period in which the listed objects were created.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Created {
    pub(crate) from: DateTime<Utc>,
    /// `None`: until now.
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Created {
    fn query(self) -> Query {
        let until = self.until.map(|until| until.timestamp() + 1);
        let until = until.map(|until| ("created[lt]", until.to_string()));
        let from = ("created[gte]", self.from.timestamp().to_string());
        std::iter::once(from).chain(until).collect()
    }
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The id that the next page starts after; `None` on the last page.
    pub(crate) next: Option<String>,
}

pub(super) type Query = Vec<(&'static str, String)>;

impl Provider {
    /// One page of the intents created in a period, without their refunds.
    pub(crate) async fn intents(
        &self,
        created: Created,
        after: Option<&str>,
    ) -> Result<Page<Intent>, ProviderError> {
        let page = self.page("/v1/payment_intents", created.query(), after);
        let Page { items, next } = measured(Call::Read, |_| CallOutcome::Done, page).await?;
        let intents: Result<Vec<_>, _> = items.into_iter().map(Object::into_intent).collect();
        let items = intents?;
        Ok(Page { items, next })
    }

    /// One page of the refunds created in a period: the reference of the intent and the amount in minor
    /// units. Failed refunds are left out.
    pub(crate) async fn refunds(
        &self,
        created: Created,
        after: Option<&str>,
    ) -> Result<Page<(String, i64)>, ProviderError> {
        let page = self.page("/v1/refunds", created.query(), after);
        let Page { items, next } = measured(Call::Read, |_| CallOutcome::Done, page).await?;
        let accepted = items.into_iter().filter(Object::is_accepted_refund);
        let refunded = accepted.map(Object::into_refunded);
        let items: Result<Vec<_>, _> = refunded.filter_map(Result::transpose).collect();
        let items = items?;
        Ok(Page { items, next })
    }

    /// One intent as it is now, with the sum of its refunds.
    pub(crate) async fn intent(&self, reference: &str) -> Result<Option<Intent>, ProviderError> {
        let path = format!("/v1/payment_intents/{reference}");
        let raw = measured(Call::Read, |_| CallOutcome::Done, self.get(&path, &[])).await?;
        if raw.status == 404 {
            return Ok(None);
        }
        let mut intent = body::<Object>(&raw)?.into_intent()?;
        if intent.received > 0 {
            let query = vec![("payment_intent", reference.to_owned())];
            let all = self.all("/v1/refunds", query, Object::is_accepted_refund, || {
                ready(true)
            });
            let refunds = measured(Call::Read, |_| CallOutcome::Done, all).await?;
            for refund in refunds {
                if let Some((_, amount)) = refund.into_refunded()? {
                    intent.refunded = intent.refunded.saturating_add(amount);
                }
            }
        }
        Ok(Some(intent))
    }

    /// The matching objects of a complete list, newest first; a list with too many pages is an error.
    /// `renew_lease` is called between two pages; false ends the search.
    pub(super) async fn all<F: Future<Output = bool>>(
        &self,
        path: &str,
        query: Query,
        matches: impl Fn(&Object) -> bool,
        renew_lease: impl Fn() -> F,
    ) -> Result<Vec<Object>, ProviderError> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = self.page(path, query.clone(), after.as_deref()).await?;
            found.extend(page.items.into_iter().filter(&matches));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
            if !renew_lease().await {
                return Err(ProviderError::LeaseLost);
            }
        }
        Err(answer::unexpected(200, "the list has too many pages"))
    }

    async fn page(
        &self,
        path: &str,
        mut query: Query,
        after: Option<&str>,
    ) -> Result<Page<Object>, ProviderError> {
        query.push(("limit", PAGE_SIZE.to_owned()));
        query.extend(after.map(|after| ("starting_after", after.to_owned())));
        let list: List = body(&self.get(path, &query).await?)?;
        let next = list.next_cursor()?.map(str::to_owned);
        Ok(Page {
            items: list.data,
            next,
        })
    }

    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Raw, ProviderError> {
        let mut url = self.at(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.get(url);
        self.call(request.header(header::ACCEPT, "application/json"))
            .await
    }
}

pub(super) fn body<T: DeserializeOwned>(raw: &Raw) -> Result<T, ProviderError> {
    match raw.status {
        200..=299 => serde_json::from_slice(&raw.body).map_err(|_| {
            answer::unexpected(raw.status, "the body does not have the expected form")
        }),
        _ => Err(answer::error(raw)),
    }
}
