//! The HTTP API: HAL under `/api`, and the few resources beside it. `docs/api.md` tells it for people.

mod asked;
mod audit;
mod blame;
mod body;
mod columns;
mod compare;
mod contexts;
mod critical_path;
mod cursor;
mod events;
mod export;
mod forecast;
mod hal;
mod history;
mod href;
mod import;
mod inputs;
mod live;
mod login;
mod metadata;
mod otlp;
mod pinned;
mod place;
mod problem;
mod remove;
mod rename;
mod represent;
mod retention;
mod root;
mod search;
mod send;
mod skew;
mod status;
mod stuck;
mod timelines;
mod tokens;
mod tree;
mod view;
mod visible;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post, put};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

pub(crate) use self::problem::Problem;
pub use self::represent::EventResource;
use crate::catalog::Catalog;
use crate::config::OtlpRules;
use crate::doors::Doors;
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
    /// Who gets in.
    pub(crate) doors: Arc<Doors>,
    /// How spans that come as OTLP become events.
    pub(crate) otlp: Arc<OtlpRules>,
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
        .route("/api/contexts/{context}", get(contexts::show).patch(rename::context).delete(remove::context))
        .route(
            "/api/contexts/{context}/retention",
            get(retention::show).put(retention::set).delete(retention::reset),
        )
        .route("/api/contexts/{context}/timelines", get(timelines::list).post(timelines::open))
        .route(
            "/api/contexts/{context}/timelines/{timeline}",
            get(timelines::show).patch(rename::timeline).delete(remove::timeline),
        )
        .route(
            "/api/contexts/{context}/timelines/{timeline}/metadata",
            get(metadata::show).put(metadata::set),
        )
        .route("/api/contexts/{context}/timelines/{timeline}/events", get(events::list))
        .route("/api/contexts/{context}/timelines/{timeline}/export", get(export::export))
        .route("/api/contexts/{context}/timelines/{timeline}/import", post(import::import))
        .route("/api/contexts/{context}/timelines/{timeline}/tree", get(tree::show))
        .merge(questions())
        .route("/api/contexts/{context}/timelines/{timeline}/live", get(live::stream))
        .route("/api/contexts/{context}/timelines/{timeline}/pinned", put(pinned::pin).delete(pinned::unpin))
        .route("/api/search", get(search::search))
        .route("/api/tokens", get(tokens::list).post(tokens::create))
        .route("/api/tokens/{id}", get(tokens::show).delete(tokens::revoke))
        .route("/api/audit", get(audit::months))
        .route("/api/audit/{month}", get(audit::list))
        .route("/login", get(login::form).post(login::log_in))
        .route("/logout", post(login::log_out))
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
        // Errors are what OTLP says they are.
        .merge(otlp::routes())
        .with_state(app)
}

/// What is asked of all events of a timeline, or of many timelines.
fn questions() -> Router<App> {
    Router::new()
        .route("/api/contexts/{context}/timelines/{timeline}/view", get(view::show))
        .route("/api/contexts/{context}/timelines/{timeline}/columns", get(columns::show))
        .route("/api/contexts/{context}/timelines/{timeline}/critical-path", get(critical_path::show))
        .route("/api/contexts/{context}/timelines/{timeline}/compare", get(compare::show))
        .route("/api/contexts/{context}/timelines/{timeline}/history", get(history::show))
        .route("/api/contexts/{context}/timelines/{timeline}/forecast", get(forecast::show))
        .route("/api/contexts/{context}/timelines/{timeline}/stuck", get(stuck::show))
        .route("/api/contexts/{context}/timelines/{timeline}/blame", get(blame::show))
        .route("/api/contexts/{context}/history", get(history::of_context))
        .route("/api/contexts/{context}/stuck", get(stuck::of_context))
        .route("/api/stuck", get(stuck::of_all))
}

/// The name of the context that a segment of a path, as it is written there, stands for: as it is called now, if there is
/// one.
pub(crate) fn context_name(catalog: &Catalog, segment: &str) -> String {
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    match catalog.find_context(&decoded) {
        Ok(context) => context.name().to_string(),
        Err(_) => href::name(&decoded).to_owned(),
    }
}

type Answer<T> = Result<T, Problem>;
