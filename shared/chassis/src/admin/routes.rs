use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::{Config, Readiness};
use crate::shutdown::Shutdown;
use crate::telemetry;

pub(super) async fn serve(
    config: &Config,
    readiness: Readiness,
    shutdown: &Shutdown,
) -> anyhow::Result<SocketAddr> {
    telemetry::install_metrics();
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {} (admin.listen)", config.listen))?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(readiness);
    // It answers "not ready" until the very end, so it stops with the background work.
    let token = shutdown.token();
    shutdown.spawn("admin", async move {
        tokio::select! {
            _failed = axum::serve(listener, app) => {}
            () = telemetry::metrics_upkeep() => {}
            () = token.cancelled() => {}
        }
    });
    Ok(address)
}

async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report().await;
    let checks: Map<String, Value> = report
        .checks
        .iter()
        .map(|(name, problem)| {
            let outcome = problem.as_deref().unwrap_or("ok");
            ((*name).to_owned(), Value::from(outcome))
        })
        .collect();
    let status = if report.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "ready": report.ready,
        "shutting_down": report.shutting_down,
        "checks": checks,
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, format!("{body}\n")).into_response()
}

async fn metrics() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, telemetry::render_metrics()).into_response()
}
