//! The HTTP API: HAL under `/api`, and the few resources beside it. `docs/api.md` tells it for people.

mod agents;
mod alerts;
mod asked;
mod audit;
mod blame;
mod body;
mod clusters;
mod coding;
mod columns;
mod compare;
mod conditional;
mod contexts;
mod critical_path;
mod cursor;
mod events;
mod export;
mod fleet;
mod forecast;
mod hal;
mod heartbeats;
mod history;
mod href;
mod import;
mod inputs;
mod journal;
mod live;
mod login;
mod metadata;
mod openapi;
mod otlp;
mod ping_url;
mod pings;
mod pinned;
mod place;
mod problem;
mod relations;
mod remove;
mod rename;
mod represent;
mod retention;
mod root;
mod search;
mod send;
mod skew;
mod spool;
mod status;
mod stuck;
mod taking;
mod timelines;
mod tokens;
mod tree;
mod view;
mod visible;
mod watchtower;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use tokio::sync::watch;
use tokio::time::timeout;
use tower_http::compression::CompressionLayer;
use utoipa_axum::routes;

pub(crate) use self::contexts::Listed;
use self::openapi::Described;
pub(crate) use self::problem::Problem;
pub use self::represent::EventResource;
pub(crate) use self::spool::{AgentApp, agent_routes};
use crate::catalog::Catalog;
use crate::config::OtlpRules;
use crate::doors::Doors;
use crate::fleet::Fleet;
use crate::ingest::{Budget, Ingest, Refusal};
use crate::metrics::Metrics;
use crate::probe::grpc;
use crate::probe::registry::Registry;
use crate::retention::Retention;
use crate::watch::{Ticket, Watch};

/// Bytes of a request's body at most.
pub const BODY_BYTES: usize = 8 << 20;

/// What the handlers work with. Each layer of each request has one of its own, so it is a single pointer.
#[derive(Clone)]
pub(crate) struct App(Arc<AppParts>);

impl From<AppParts> for App {
    fn from(parts: AppParts) -> Self {
        App(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// What that is.
pub(crate) struct AppParts {
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
    /// Who is alive, and what they have to say.
    pub(crate) watch: Arc<Watch>,
    /// How hosts are.
    pub(crate) fleet: Arc<Fleet>,
    /// The clusters that are watched.
    pub(crate) registry: Arc<Registry>,
    /// What lists said of contexts.
    pub(crate) listed: Arc<Listed>,
    /// True when the server shuts down: streams end then.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Everything that is answered.
pub(crate) fn routes(app: App) -> Router {
    let conditional = from_fn_with_state(app.doors.clone(), conditional::answer);
    described()
        .into_router()
        .layer(conditional)
        .merge(crate::ui::routes())
        .merge(watchtower::doubled())
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), finish))
        // Streams of server-sent events are left alone: what is told has to leave at once.
        .layer(CompressionLayer::new())
        .layer(from_fn(coding::expect_one))
        // Errors are what OTLP says they are.
        .merge(otlp::routes().into_router().method_not_allowed_fallback(problem::no_method))
        // Those of gRPC are described by their `.proto` files, and by reflection.
        .merge(grpc::routes(&app.served()))
        .with_state(app)
}

/// What answers get once they are made. One layer for all of it: each takes as long as a small answer.
async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let answer = watchtower::answer_pages(&app, request, next).await;
    problem::instead_of_text(answer).await
}

/// Every route but those of OTLP and of the page. The address of each stands beside its handler.
fn described() -> Described {
    Described::new()
        .with(routes!(root::show))
        .with(routes!(openapi::show))
        .with(routes!(relations::show))
        .with(routes!(send::send))
        .with(routes!(inputs::show))
        .with(routes!(agents::deliver))
        .with(routes!(agents::list))
        .with(routes!(agents::show, agents::forget))
        .with(routes!(contexts::list))
        .with(routes!(contexts::show, rename::context, remove::context))
        .with(routes!(retention::show, retention::set, retention::reset))
        .with(routes!(timelines::list, timelines::open))
        .with(routes!(timelines::show, rename::timeline, remove::timeline))
        .with(routes!(metadata::show, metadata::set))
        .with(routes!(events::list))
        .with(routes!(export::export))
        .with(routes!(import::import))
        .with(routes!(tree::show))
        .merge(questions())
        .with(routes!(live::of_timeline))
        .with(routes!(live::of_context))
        .with(routes!(live::of_all))
        .with(routes!(pinned::pin, pinned::unpin))
        .with(routes!(search::search))
        .merge(watched())
        .merge(fleet())
        .with(routes!(tokens::list, tokens::create))
        .with(routes!(tokens::show, tokens::revoke))
        .with(routes!(audit::months))
        .with(routes!(audit::list))
        .with(routes!(login::form, login::log_in))
        .with(routes!(login::log_out))
        .with(routes!(status::healthy))
        .with(routes!(status::ready))
        .with(routes!(status::metrics))
}

/// Who is alive, and what they have to say.
fn watched() -> Described {
    Described::new()
        .with(routes!(heartbeats::list, heartbeats::pulse))
        .with(routes!(heartbeats::show, heartbeats::define, heartbeats::cancel))
        .with(routes!(heartbeats::pause, heartbeats::resume))
        .with(routes!(journal::list, journal::add))
        .with(routes!(journal::follow))
        .with(routes!(alerts::list))
        .with(routes!(clusters::list))
        .with(routes!(clusters::show))
        .with(routes!(clusters::probes))
        .with(routes!(clusters::follow))
        .with(routes!(pings::list))
        .with(routes!(pings::show))
        .with(routes!(ping_url::get_first, ping_url::post_first))
        .with(routes!(ping_url::get_second, ping_url::post_second))
        .with(routes!(ping_url::get_third, ping_url::post_third))
        .merge(as_watchtower())
}

/// How hosts are, and `ForgeStatus`'s way to say it.
fn fleet() -> Described {
    Described::new()
        .with(routes!(fleet::show))
        .with(routes!(fleet::list_hosts))
        .with(routes!(fleet::show_host, fleet::forget))
        .with(routes!(fleet::checks))
        .with(routes!(fleet::check))
        .with(routes!(fleet::list_results))
        .with(routes!(fleet::follow))
        .with(routes!(fleet::want, fleet::show_group))
        .with(routes!(fleet::list_dead))
        .with(routes!(fleet::measure))
        .with(routes!(fleet::show_status))
        .with(routes!(fleet::healthy))
        .with(routes!(fleet::ready))
}

/// The protocol of watchTower, and the page at `/`.
fn as_watchtower() -> Described {
    Described::new()
        .with(routes!(watchtower::root, watchtower::pulse_root, watchtower::cancel_root))
        .with(routes!(watchtower::hello))
        .with(routes!(watchtower::pulse_heartbeat, watchtower::cancel_heartbeat))
        .with(routes!(watchtower::list_heartbeats))
        .with(routes!(watchtower::show_heartbeat))
        .with(routes!(watchtower::get_heartbeat))
        .with(routes!(watchtower::event))
        .with(routes!(watchtower::add_event))
        .with(routes!(watchtower::events))
        .with(routes!(watchtower::list_events))
        .with(routes!(watchtower::pings))
}

/// What is asked of all events of a timeline, or of many timelines.
fn questions() -> Described {
    Described::new()
        .with(routes!(view::show))
        .with(routes!(columns::show))
        .with(routes!(critical_path::show))
        .with(routes!(compare::show))
        .with(routes!(history::show))
        .with(routes!(forecast::show))
        .with(routes!(stuck::show))
        .with(routes!(blame::show))
        .with(routes!(history::of_context))
        .with(routes!(stuck::of_context))
        .with(routes!(stuck::of_all))
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

impl App {
    /// What the services of gRPC work with.
    fn served(&self) -> grpc::Served {
        let (registry, doors) = (self.registry.clone(), self.doors.clone());
        grpc::Served { registry, doors, ingest: self.ingest.clone(), stop: self.stop.clone() }
    }

    /// Waits until a change of a heartbeat is durable.
    async fn durable(&self, ticket: Ticket) -> Answer<()> {
        self.in_time(self.watch.stored(ticket)).await
    }

    /// Waits for what becomes durable as long as a request may take.
    async fn in_time(&self, stored: impl Future<Output = ()>) -> Answer<()> {
        Ok(timeout(self.ingest.patience(), stored).await.map_err(|_| Refusal::Slow)?)
    }
}

type Answer<T> = Result<T, Problem>;
