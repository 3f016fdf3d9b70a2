use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;

use super::connections::Bounded;
use super::{Config, Readiness};
use crate::metrics::process::{PROCESS_CHECK, PROCESS_READY};
use crate::shutdown::Shutdown;

const WATCH_INTERVAL: Duration = Duration::from_secs(5);

pub(super) async fn serve(
    config: &Config,
    readiness: Readiness,
    shutdown: &Shutdown,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {} (admin.listen)", config.listen))?;
    let address = listener.local_addr()?;
    let watched = readiness.clone();
    let app = Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(readiness);
    // It reports "not ready" during the drain, so it stops with the background tasks.
    let token = shutdown.token();
    shutdown.spawn("admin", async move {
        tokio::select! {
            _failed = axum::serve(Bounded::new(listener), app) => {}
            () = watch(watched) => {}
            () = token.cancelled() => {}
        }
    });
    Ok(address)
}

/// Runs the checks even if no orchestrator does, so that outages are logged and `process_ready` is
/// current. Never ends.
async fn watch(readiness: Readiness) {
    let mut every = tokio::time::interval(WATCH_INTERVAL);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let report = readiness.report().await;
        PROCESS_READY.set(report.ready);
        for (name, problem) in &report.checks {
            PROCESS_CHECK.of(name).set(problem.is_none());
        }
    }
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

async fn render() -> Response {
    let kind = [(header::CONTENT_TYPE, instruments::CONTENT_TYPE)];
    (kind, super::metrics_text()).into_response()
}
