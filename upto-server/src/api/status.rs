//! `/healthz`, `/readyz` and `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{App, Problem};
use crate::metrics::Gauges;

/// Whether the process runs.
#[utoipa::path(
    get,
    path = "/healthz",
    responses((status = OK, body = String))
)]
pub(super) async fn healthy() -> &'static str {
    "ok\n"
}

/// Whether it takes messages.
#[utoipa::path(
    get,
    path = "/readyz",
    responses((status = OK, body = String))
)]
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    match app.ingest.check() {
        Ok(()) => Ok(ready_but_for(app.catalog.damages().count())),
        Err(refusal) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string())),
    }
}

/// It takes messages though documents of its store are damaged. Which, is for those who may know it.
fn ready_but_for(damaged: usize) -> &'static str {
    match damaged {
        0 => "ready\n",
        _ => "ready, but documents in the store are damaged: `upto-server store check` names them\n",
    }
}

/// Counters and gauges, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = OK, body = String, content_type = "application/openmetrics-text"))
)]
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let gauges = Gauges {
        contexts: app.catalog.count(),
        fold_bytes: app.catalog.fold_bytes(),
        waiting_bytes: app.ingest.waiting_bytes(),
        open_events_forgotten: app.catalog.forgotten_open_events(),
        damaged_documents: app.catalog.damages().count(),
    };
    app.metrics.probes.clusters.set(i64::try_from(app.registry.count()).unwrap_or(i64::MAX));
    app.metrics.watch.set_heartbeats(app.watch.states());
    match app.metrics.text(gauges, Some(&app.fleet)) {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
