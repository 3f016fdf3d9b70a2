//! What an auditor needs to know: every intent with its refunds, and what is still under way.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::book::{INTENTS, Look, REFUNDS, Slice};
use crate::error::ApiError;
use crate::model::{Intent, Refund};
use crate::provider::{Provider, refuse};

/// Intents in one answer, unless fewer are asked for.
const MOST: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    limit: Option<usize>,
    starting_after: Option<String>,
}

/// Everything, newest first. Never harmed.
pub(super) async fn state(provider: web::Data<Provider>, part: web::Query<Part>) -> HttpResponse {
    let part = part.into_inner();
    let limit = part.limit.unwrap_or(MOST).clamp(1, MOST);
    let read = || -> Result<Value, ApiError> {
        let look = provider.look()?;
        let slice = Slice {
            high: part.starting_after,
            limit: limit + 1,
            ..Slice::default()
        };
        let mut intents = look.slice(INTENTS, &slice, |_: &Intent| true)?;
        let has_more = intents.len() > limit;
        intents.truncate(limit);
        let intents = intents.iter().map(|intent| audited(&look, intent));
        let mut state = summed_up(&provider, &look)?;
        state["payment_intents"] = intents.collect::<Result<Vec<_>, _>>()?.into();
        state["has_more"] = has_more.into();
        Ok(state)
    };
    match read() {
        Ok(state) => HttpResponse::Ok().json(state),
        Err(error) => refuse(&error),
    }
}

/// What is set, and how much is remembered.
pub(super) fn summary(provider: &Provider) -> HttpResponse {
    let read = provider.look().and_then(|look| summed_up(provider, &look));
    match read {
        Ok(summary) => HttpResponse::Ok().json(summary),
        Err(error) => refuse(&error),
    }
}

fn summed_up(provider: &Provider, look: &Look) -> Result<Value, ApiError> {
    let mut counts = json!(look.counts()?);
    counts["calls"] = provider.calls().into();
    Ok(json!({ "counts": counts, "faults": look.faults()? }))
}

fn audited(look: &Look, intent: &Intent) -> Result<Value, ApiError> {
    let mut refunds = Vec::with_capacity(intent.refunds.len());
    for id in &intent.refunds {
        // Refunds may be forgotten before their intent is.
        let Some(refund) = look.find::<Refund>(REFUNDS, id)? else {
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
