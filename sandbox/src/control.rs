//! `/_sandbox`: our own way to tell the provider to misbehave, and to look into it. For tests and
//! demonstrations.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::book::Page;
use crate::error::ApiError;
use crate::faults::{Chaos, Failures, Faults, Latency, Losses, Webhooks};
use crate::life::{self, Outcome};
use crate::model::Intent;
use crate::provider::{Provider, refuse};

mod state;

/// The URL table of the controls.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::scope("/_sandbox")
            .route("/state", web::get().to(state::state))
            .route("/latency", web::post().to(latency))
            .route("/fail", web::post().to(fail))
            .route("/lose", web::post().to(lose))
            .route("/chaos", web::post().to(chaos))
            .route("/webhooks", web::post().to(webhooks))
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
    set(&provider, |faults| faults.latency = body.into_inner())
}

async fn fail(provider: web::Data<Provider>, body: web::Json<Failures>) -> HttpResponse {
    if !matches!(body.status, 429 | 500..=599) {
        return nonsense("status must be 429 or 5xx");
    }
    set(&provider, |faults| faults.fail = Some(body.into_inner()))
}

async fn lose(provider: web::Data<Provider>, body: web::Json<Losses>) -> HttpResponse {
    set(&provider, |faults| faults.lose = Some(body.into_inner()))
}

async fn chaos(provider: web::Data<Provider>, body: web::Json<Chaos>) -> HttpResponse {
    let rates = [body.error_rate, body.lost_answer_rate];
    let all = 0.0..=1.0;
    if !rates.iter().all(|rate| all.contains(rate)) || rates.iter().sum::<f64>() > 1.0 {
        return nonsense("error_rate and lost_answer_rate together are from 0 to 1");
    }
    set(&provider, |faults| faults.unleash(body.into_inner()))
}

async fn webhooks(provider: web::Data<Provider>, body: web::Json<Webhooks>) -> HttpResponse {
    if !(0.0..=10.0).contains(&body.duplicate) || !(0.0..=1.0).contains(&body.drop) {
        return nonsense("duplicate is from 0 to 10, drop from 0 to 1");
    }
    set(&provider, |faults| faults.webhooks = body.into_inner())
}

/// No faults; what is remembered stays.
async fn calm(provider: web::Data<Provider>) -> HttpResponse {
    set(&provider, |faults| *faults = Faults::default())
}

/// No faults, no memory.
async fn reset(provider: web::Data<Provider>) -> HttpResponse {
    match provider.write(|page| page.clear()) {
        Ok(()) => state::summary(&provider),
        Err(error) => refuse(&error),
    }
}

/// Lets a hold run out, as card networks do after some days.
async fn expire(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    step(&provider, &id, life::expire)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    outcome: Outcome,
}

/// Ends a challenge without its page.
async fn authenticate(
    provider: web::Data<Provider>,
    id: web::Path<String>,
    body: web::Json<Authentication>,
) -> HttpResponse {
    step(&provider, &id, |page, intent| {
        life::authenticate(page, intent, body.outcome)
    })
}

/// What would become of a refund later becomes of it now.
async fn settle(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    answer(provider.write(|page| {
        let mut refund = page.refund(&id)?;
        life::settle(page, &mut refund)?;
        Ok(refund.view())
    }))
}

fn step(
    provider: &Provider,
    id: &str,
    step: impl FnOnce(&mut Page<'_>, &mut Intent) -> Result<(), ApiError>,
) -> HttpResponse {
    answer(provider.write(|page| {
        let mut intent = page.intent(id)?;
        step(page, &mut intent)?;
        Ok(intent.view())
    }))
}

fn answer(result: Result<Value, ApiError>) -> HttpResponse {
    match result {
        Ok(view) => HttpResponse::Ok().json(view),
        Err(error) => refuse(&error),
    }
}

fn set(provider: &Provider, change: impl FnOnce(&mut Faults)) -> HttpResponse {
    let set = provider.write(|page| {
        let mut faults = page.faults()?;
        change(&mut faults);
        page.put_faults(&faults)
    });
    match set {
        Ok(()) => state::summary(provider),
        Err(error) => refuse(&error),
    }
}

fn nonsense(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": why }))
}
