//! `/_sandbox`: our own way to tell the provider to misbehave. For tests and demonstrations.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::api::intents;
use crate::faults::{Failures, Faults, Latency, Losses};
use crate::provider::{Provider, refuse};

/// The URL table of the controls.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::scope("/_sandbox")
            .route("/state", web::get().to(state))
            .route("/latency", web::post().to(latency))
            .route("/fail", web::post().to(fail))
            .route("/lose", web::post().to(lose))
            .route("/reset", web::post().to(reset))
            .route("/payment_intents/{id}/expire", web::post().to(expire)),
    );
}

/// What is set, and how much is remembered.
async fn state(provider: web::Data<Provider>) -> HttpResponse {
    let (payment_intents, refunds) = provider.book().counts();
    let faults = provider.faults().clone();
    HttpResponse::Ok().json(json!({
        "payment_intents": payment_intents,
        "refunds": refunds,
        "faults": faults,
    }))
}

async fn latency(provider: web::Data<Provider>, body: web::Json<Latency>) -> HttpResponse {
    provider.faults().latency = body.into_inner();
    state(provider).await
}

async fn fail(provider: web::Data<Provider>, body: web::Json<Failures>) -> HttpResponse {
    if !matches!(body.status, 429 | 500..=599) {
        return HttpResponse::BadRequest().json(json!({ "error": "status must be 429 or 5xx" }));
    }
    provider.faults().fail = Some(body.into_inner());
    state(provider).await
}

async fn lose(provider: web::Data<Provider>, body: web::Json<Losses>) -> HttpResponse {
    provider.faults().lose = Some(body.into_inner());
    state(provider).await
}

/// No faults, no memory.
async fn reset(provider: web::Data<Provider>) -> HttpResponse {
    provider.book().clear();
    *provider.faults() = Faults::default();
    state(provider).await
}

/// Lets a hold run out, as card networks do after some days.
async fn expire(provider: web::Data<Provider>, id: web::Path<String>) -> HttpResponse {
    let now = provider.now();
    match provider.book().intent_mut(&id) {
        Ok(intent) => {
            intents::close(intent, Some("automatic"), now);
            HttpResponse::Ok().json(intent.view())
        }
        Err(error) => refuse(&error),
    }
}
