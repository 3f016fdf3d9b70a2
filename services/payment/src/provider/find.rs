//! Questions to the provider: what became of something.

use std::time::Instant;

use chrono::TimeDelta;
use reqwest::header;

use super::answer::{self, Raw};
use super::object::{List, Object};
use super::{Provider, ProviderError};
use crate::domain::{Answer, Lookup, Operation, RefundSeen, Seen, Task};

/// Our clock and the provider's may differ by this much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(15);
/// Things on a page; the most that the provider gives.
const PAGE: usize = 100;
/// Pages that are read; if what is asked for is on none of them, nothing is known.
const PAGES: usize = 100;

/// What a look at the provider shows.
#[derive(Debug, Clone)]
pub(crate) enum Look {
    Intent(Seen),
    Refund(RefundSeen),
}

impl Provider {
    /// What became of the tries of an operation: the answer that never arrived, or None when the
    /// provider definitely has not acted. `keep` is called between the pages of a list: it keeps the
    /// operation the caller's, or says that it is not any more.
    pub(crate) async fn find<K, KF>(
        &self,
        operation: &Operation,
        keep: K,
    ) -> Result<Option<Answer>, ProviderError>
    where
        K: Fn() -> KF,
        KF: Future<Output = bool>,
    {
        let started = Instant::now();
        let result = self.search(operation, keep).await;
        let outcome = match &result {
            Ok(Some(_)) => "found",
            Ok(None) => "nothing",
            Err(error) => error.name(),
        };
        super::measure("find", outcome, started);
        result
    }

    async fn search<K, KF>(
        &self,
        operation: &Operation,
        keep: K,
    ) -> Result<Option<Answer>, ProviderError>
    where
        K: Fn() -> KF,
        KF: Future<Output = bool>,
    {
        match (operation.task, operation.reference.as_deref()) {
            (Task::Refund(refund_id), Some(intent)) => {
                let refund_id = refund_id.to_string();
                let query = [("payment_intent", intent.to_owned())];
                let is_ours = |refund: &Object| refund.note("refund_id") == Some(&refund_id);
                let ours = self.listed("/v1/refunds", &query, is_ours, keep).await?;
                let ours = ours.into_iter().next();
                ours.map(|refund| answer::found_refund(operation, refund))
                    .transpose()
            }
            (Task::Capture | Task::Void, Some(intent)) => {
                let path = format!("/v1/payment_intents/{intent}");
                let raw = self.get(&path, &[]).await?;
                if raw.status == 404 {
                    // It says so in the same words when it is told.
                    return answer::of(operation, &raw).map(Some);
                }
                answer::found(operation, object(&raw)?)
            }
            (Task::Authorize, _) => self.search_intents(operation, keep).await,
            (Task::Capture | Task::Void | Task::Refund(_), None) => Err(answer::unexpected(
                0,
                "the payment has no reference of the provider",
            )),
        }
    }

    /// Among the intents made since the payment was asked for.
    async fn search_intents<K, KF>(
        &self,
        operation: &Operation,
        keep: K,
    ) -> Result<Option<Answer>, ProviderError>
    where
        K: Fn() -> KF,
        KF: Future<Output = bool>,
    {
        let since = operation.created_at - CLOCKS_DIFFER;
        let payment_id = operation.payment_id.to_string();
        let query = [("created[gte]", since.timestamp().to_string())];
        let is_ours = |intent: &Object| intent.note("payment_id") == Some(&payment_id);
        let path = "/v1/payment_intents";
        let ours = self.listed(path, &query, is_ours, keep).await?;
        let mut best = None;
        for intent in ours {
            match answer::found(operation, intent)? {
                // What is held, or waits for the customer, counts more than what was refused.
                Some(found @ (Answer::Done { .. } | Answer::ActionRequired { .. })) => {
                    return Ok(Some(found));
                }
                Some(found) => best = Some(found),
                None => {}
            }
        }
        Ok(best)
    }

    /// Looks at an intent or a refund.
    pub(crate) async fn look(&self, lookup: &Lookup) -> Result<Look, ProviderError> {
        let started = Instant::now();
        let result = self.look_at(lookup).await;
        let outcome = match &result {
            Ok(_) => "done",
            Err(error) => error.name(),
        };
        super::measure("look", outcome, started);
        result
    }

    async fn look_at(&self, lookup: &Lookup) -> Result<Look, ProviderError> {
        let reference = &lookup.reference;
        if let Some(refund_id) = lookup.refund_id {
            let path = format!("/v1/refunds/{reference}");
            let refund = object(&self.get(&path, &[]).await?)?;
            if refund.note("refund_id") != Some(&refund_id.to_string()) {
                return Err(answer::unexpected(200, "this refund is another one"));
            }
            return Ok(Look::Refund(match refund.refund_failure() {
                Some(code) => RefundSeen::Failed { code },
                None => RefundSeen::Good,
            }));
        }
        let path = format!("/v1/payment_intents/{reference}");
        let intent = object(&self.get(&path, &[]).await?)?;
        let currency = lookup.amount.currency().code();
        let ours = intent.note("payment_id") == Some(&lookup.payment_id.to_string())
            && intent.amount == lookup.amount.minor_units()
            && intent.currency.eq_ignore_ascii_case(currency);
        if !ours {
            return Err(answer::unexpected(200, "this intent is another payment's"));
        }
        Ok(Look::Intent(intent.seen()))
    }

    /// What is wanted of a list, newest first. All of it is read: a list that is too long is an error.
    async fn listed<K, KF>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
        is_wanted: impl Fn(&Object) -> bool,
        keep: K,
    ) -> Result<Vec<Object>, ProviderError>
    where
        K: Fn() -> KF,
        KF: Future<Output = bool>,
    {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = query.to_vec();
            query.push(("limit", PAGE.to_string()));
            query.extend(after.map(|after| ("starting_after", after)));
            let page: List<Object> = body(&self.get(path, &query).await?)?;
            after = page.goes_on_after()?.map(|last| last.id.clone());
            found.extend(page.data.into_iter().filter(&is_wanted));
            if after.is_none() {
                return Ok(found);
            }
            if !keep().await {
                return Err(ProviderError::Overtaken);
            }
        }
        Err(answer::unexpected(200, "the list is too long"))
    }

    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Raw, ProviderError> {
        let mut url = self.url.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.get(url);
        self.call(request.header(header::ACCEPT, "application/json"))
            .await
    }
}

fn object(raw: &Raw) -> Result<Object, ProviderError> {
    body(raw)
}

pub(super) fn body<T: serde::de::DeserializeOwned>(raw: &Raw) -> Result<T, ProviderError> {
    match raw.status {
        200..=299 => serde_json::from_slice(&raw.body)
            .map_err(|_| answer::unexpected(raw.status, "the body is not what it should be")),
        _ => Err(answer::no_answer(raw)),
    }
}
