//! The HTTP API: HAL under `/api`, and the few resources beside it. `docs/api.md` tells it for people.

mod body;
mod contexts;
mod cursor;
mod events;
mod hal;
mod href;
mod inputs;
mod live;
mod pinned;
mod place;
mod problem;
mod represent;
mod retention;
mod root;
mod send;
mod skew;
mod status;
mod timelines;
mod tree;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post, put};
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

use self::problem::Problem;
pub use self::represent::EventResource;
use crate::catalog::Catalog;
use crate::ingest::{Budget, Ingest};
use crate::metrics::Metrics;
use crate::retention::Retention;

/// Bytes of a request's body at most.
pub const BODY_BYTES: usize = 8 << 20;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) metrics: Arc<Metrics>,
    /// Bytes that bodies of requests may have together.
    pub(crate) bodies: Arc<Budget>,
    /// The limits of contexts that have none of their own.
    pub(crate) retention: Retention,
    /// True when the server shuts down: streams end then.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Every route but those of the page.
pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/api", get(root::show))
        .route("/api/events", post(send::send))
        .route("/api/inputs", get(inputs::show))
        .route("/api/contexts", get(contexts::list))
        .route("/api/contexts/{context}", get(contexts::show))
        .route(
            "/api/contexts/{context}/retention",
            get(retention::show).put(retention::set).delete(retention::reset),
        )
        .route("/api/contexts/{context}/timelines", get(timelines::list).post(timelines::open))
        .route("/api/contexts/{context}/timelines/{timeline}", get(timelines::show))
        .route("/api/contexts/{context}/timelines/{timeline}/events", get(events::list))
        .route("/api/contexts/{context}/timelines/{timeline}/tree", get(tree::show))
        .route("/api/contexts/{context}/timelines/{timeline}/live", get(live::stream))
        .route("/api/contexts/{context}/timelines/{timeline}/pinned", put(pinned::pin).delete(pinned::unpin))
        .route("/healthz", get(status::healthy))
        .route("/readyz", get(status::ready))
        .route("/metrics", get(status::metrics))
        .merge(crate::ui::routes())
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(map_response(problem::instead_of_text))
        // Streams of server-sent events are left alone: what is told has to leave at once.
        .layer(CompressionLayer::new())
        .with_state(app)
}

type Answer<T> = Result<T, Problem>;
