//! `/_sandbox`: controls that inject faults and read the state, for tests and demonstrations. They exist only
//! if a control key is configured.

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::faults::{Chaos, Failures, Faults, Latency, Losses, Webhooks};
use crate::lifecycle::{self, ChallengeOutcome};
use crate::model::Intent;
use crate::provider::{Provider, error_response};
use crate::store::Transaction;

mod access;
mod state;

pub(crate) use access::ControlKey;

/// The routes of the controls, for those who send the key.
pub(crate) fn routes(app: &mut web::ServiceConfig, key: ControlKey) {
    app.service(
        web::scope("/_sandbox")
            .wrap(from_fn(move |request, next| {
                access::admit(key, request, next)
            }))
            .route("/state", web::get().to(state::state))
            .route("/latency", web::post().to(latency))
            .route("/fail", web::post().to(fail))
            .route("/lose", web::post().to(lose))
            .route("/chaos", web::post().to(chaos))
            .route("/webhooks", web::post().to(webhooks))
            .route("/faults", web::post().to(replace))
            .route("/calm", web::post().to(calm))
            .route("/reset", web::post().to(reset))
            .route("/payment_intents/{id}/expire", web::post().to(expire))
            .route(
                "/payment_intents/{id}/authenticate",
                web::post().to(authenticate),
            )
            .route("/refunds/{id}/settle", web::post().to(settle)),
    );
}

async fn latency(provider: web::Data<Provider>, body: web::Json<Latency>) -> HttpResponse {
    change_faults(&provider, |faults| faults.latency = body.into_inner())
}

async fn fail(provider: web::Data<Provider>, body: web::Json<Failures>) -> HttpResponse {
    if !matches!(body.status, 429 | 500..=599) {
        return bad_request("status must be 429 or 5xx");
    }
    change_faults(&provider, |faults| faults.fail = Some(body.into_inner()))
}

async fn lose(provider: web::Data<Provider>, body: web::Json<Losses>) -> HttpResponse {
    change_faults(&provider, |faults| faults.lose = Some(body.into_inner()))
}

async fn chaos(provider: web::Data<Provider>, body: web::Json<Chaos>) -> HttpResponse {
    let rates = [body.error_rate, body.lost_answer_rate];
    let all = 0.0..=1.0;
    if !rates.iter().all(|rate| all.contains(rate)) || rates.iter().sum::<f64>() > 1.0 {
        return bad_request("error_rate, lost_answer_rate and their sum must be from 0 to 1");
    }
    change_faults(&provider, |faults| faults.start_chaos(body.into_inner()))
}

async fn webhooks(provider: web::Data<Provider>, body: web::Json<Webhooks>) -> HttpResponse {
    if !(0.0..=10.0).contains(&body.duplicate) || !(0.0..=1.0).contains(&body.drop) {
        return bad_request("duplicate must be from 0 to 10, drop from 0 to 1");
    }
    change_faults(&provider, |faults| faults.webhooks = body.into_inner())
}

/// Longest time of faults that end by themselves.
const MAX_FOR_S: u32 = 3_600;

/// All faults of a demonstration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Replacement {
    latency: Latency,
    lose: Option<Losses>,
    decline_all: bool,
    /// Seconds after which they end by themselves, also if this process is restarted meanwhile.
    for_s: Option<u32>,
}

/// Replaces all faults at once.
async fn replace(provider: web::Data<Provider>, body: web::Json<Replacement>) -> HttpResponse {
    let body = body.into_inner();
    if body
        .for_s
        .is_some_and(|time| !(1..=MAX_FOR_S).contains(&time))
    {
        return bad_request("for_s must be from 1 to 3600");
    }
    let end = |time: u32| provider.now() + TimeDelta::seconds(time.into());
    change_faults(&provider, |faults| {
        *faults = Faults::default();
        faults.latency = body.latency;
        faults.lose = body.lose;
        faults.decline_all = body.decline_all;
        faults.until = body.for_s.map(end);
    })
}

/// Ends all faults; the rest of the state stays.
async fn calm(provider: web::Data<Provider>) -> HttpResponse {
    change_faults(&provider, |faults| *faults = Faults::default())
}

/// Removes all state, faults included.
async fn reset(provider: web::Data<Provider>) -> HttpResponse {
    match provider.write(|transaction| transaction.clear()) {
        Ok(()) => state::summary(&provider),
        Err(error) => error_response(&error),
    }
}

/// Expires an authorization now.
async fn expire(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    change_intent(&provider, &id, lifecycle::expire)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    outcome: ChallengeOutcome,
}

/// Ends a challenge without the browser.
async fn authenticate(
    provider: web::Data<Provider>,
    id: web::Path<String>,
    body: web::Json<Authentication>,
) -> HttpResponse {
    change_intent(&provider, &id, |transaction, intent| {
        lifecycle::authenticate(transaction, intent, body.outcome)
    })
}

/// Gives a refund its final status now.
async fn settle(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    respond(provider.write(|transaction| {
        let mut refund = transaction.refund(&id)?;
        lifecycle::settle(transaction, &mut refund)?;
        Ok(refund.view())
    }))
}

fn change_intent(
    provider: &Provider,
    id: &str,
    transition: impl FnOnce(&mut Transaction<'_>, &mut Intent) -> Result<(), ApiError>,
) -> HttpResponse {
    respond(provider.write(|transaction| {
        let mut intent = transaction.intent(id)?;
        transition(transaction, &mut intent)?;
        Ok(intent.view())
    }))
}

fn respond(result: Result<Value, ApiError>) -> HttpResponse {
    match result {
        Ok(view) => HttpResponse::Ok().json(view),
        Err(error) => error_response(&error),
    }
}

fn change_faults(provider: &Provider, change: impl FnOnce(&mut Faults)) -> HttpResponse {
    let changed = provider.write(|transaction| {
        let mut faults = transaction.faults()?;
        change(&mut faults);
        transaction.put_faults(&faults)
    });
    match changed {
        Ok(()) => state::summary(provider),
        Err(error) => error_response(&error),
    }
}

fn bad_request(message: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": message }))
}
