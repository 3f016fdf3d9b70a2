//! The state for an auditor: every intent with its refunds, the faults and the counts.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::model::{Intent, Refund};
use crate::provider::{Provider, error_response};
use crate::store::{INTENTS, IdRange, REFUNDS, Snapshot};

/// Most intents of one response.
const MAX_INTENTS: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    limit: Option<usize>,
    starting_after: Option<String>,
}

/// Intents, newest first, with counts and faults. Faults do not apply to this call.
pub(super) async fn state(
    provider: web::Data<Provider>,
    query: web::Query<PageQuery>,
) -> HttpResponse {
    let query = query.into_inner();
    let limit = query.limit.unwrap_or(MAX_INTENTS).clamp(1, MAX_INTENTS);
    let read = || -> Result<Value, ApiError> {
        let snapshot = provider.read()?;
        let ids = IdRange {
            high: query.starting_after,
            limit: limit + 1,
            ..IdRange::default()
        };
        let mut intents = snapshot.list(INTENTS, &ids, |_: &Intent| true)?;
        let has_more = intents.len() > limit;
        intents.truncate(limit);
        let intents = intents.iter().map(|intent| intent_json(&snapshot, intent));
        let mut state = summary_json(&provider, &snapshot)?;
        state["payment_intents"] = intents.collect::<Result<Vec<_>, _>>()?.into();
        state["has_more"] = has_more.into();
        Ok(state)
    };
    match read() {
        Ok(state) => HttpResponse::Ok().json(state),
        Err(error) => error_response(&error),
    }
}

/// Counts and faults.
pub(super) fn summary(provider: &Provider) -> HttpResponse {
    let read = provider
        .read()
        .and_then(|snapshot| summary_json(provider, &snapshot));
    match read {
        Ok(summary) => HttpResponse::Ok().json(summary),
        Err(error) => error_response(&error),
    }
}

fn summary_json(provider: &Provider, snapshot: &Snapshot) -> Result<Value, ApiError> {
    let mut counts = json!(snapshot.counts()?);
    counts["calls"] = provider.calls().into();
    Ok(json!({ "counts": counts, "faults": snapshot.faults(provider.now())? }))
}

fn intent_json(snapshot: &Snapshot, intent: &Intent) -> Result<Value, ApiError> {
    let mut refunds = Vec::with_capacity(intent.refunds.len());
    for id in &intent.refunds {
        // `provider.remember` may have removed a refund before its intent.
        let Some(refund) = snapshot.find::<Refund>(REFUNDS, id)? else {
            continue;
        };
        refunds.push(json!({
            "id": refund.id,
            "amount": refund.amount,
            "status": refund.status,
            "metadata": refund.metadata,
        }));
    }
    Ok(json!({
        "id": intent.id,
        "status": intent.status.name(),
        "amount": intent.amount,
        "amount_capturable": intent.capturable(),
        "amount_received": intent.received,
        "amount_refunded": intent.refunded,
        "currency": intent.currency,
        "cancellation_reason": intent.cancellation_reason,
        "created": intent.created,
        "metadata": intent.metadata,
        "refunds": refunds,
    }))
}
