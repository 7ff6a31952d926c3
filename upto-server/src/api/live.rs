//! Server-sent events: `GET …/timelines/{timeline}/live`, `GET /api/contexts/{context}/live` and `GET /api/live`.

mod changes;
mod frame;
pub(super) mod outlet;
mod resume;
mod timeline;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use self::changes::Of;
pub(super) use self::frame::Frame;
pub(super) use self::outlet::Pace;
pub(super) use self::resume::Resume;
use super::skew::{self, SkewQuery};
use super::{Answer, App};
use crate::doors::{Caller, Cut};

/// After so long a silence something is said, so that nobody between takes the connection for dead.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Live news of a timeline.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/live",
    params(
        SkewQuery,
        ("last_event_id" = Option<String>, Query, description = "where to go on, like Last-Event-ID")
    ),
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(super) async fn of_timeline(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<SkewQuery>, QueryRejection>,
    resume: Resume,
    pace: Pace,
) -> Answer<Response> {
    let (timeline, times) = (app.catalog.find(&context, &timeline)?, skew::times(query)?);
    let (first, reader) = timeline::Reader::open(&app, timeline, times, resume).await?;
    let news = stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)));
    Ok(outlet::response(stream::iter([first]).chain(news.flat_map(stream::iter)), pace))
}

/// Live news of a context and its timelines.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/live",
    params(
        ("last_event_id" = Option<String>, Query, description = "where to go on, like Last-Event-ID")
    ),
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(super) async fn of_context(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(segment): Path<String>,
    resume: Resume,
    pace: Pace,
) -> Answer<Response> {
    let context = app.catalog.find_context(&segment)?;
    of(app, caller, Of::Context(context.first_name().clone()), resume, pace).await
}

/// Live news of all contexts that the caller may see.
#[utoipa::path(
    get,
    path = "/api/live",
    params(
        ("last_event_id" = Option<String>, Query, description = "where to go on, like Last-Event-ID")
    ),
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(super) async fn of_all(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    resume: Resume,
    pace: Pace,
) -> Answer<Response> {
    of(app, caller, Of::All, resume, pace).await
}

async fn of(app: App, caller: Caller, of: Of, resume: Resume, pace: Pace) -> Answer<Response> {
    let (first, reader) = changes::Reader::open(app, caller, of, resume).await?;
    let news = stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)));
    Ok(outlet::response(stream::iter([first]).chain(news.flat_map(stream::iter)), pace))
}

impl FromRequestParts<App> for Pace {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let cut = parts.extensions.get::<Cut>().cloned().unwrap_or_default();
        let patience = app.doors.settings().reader_time;
        let (doors, caller) = (Arc::clone(&app.doors), parts.extensions.get::<Caller>().cloned());
        let is_let_in = Arc::new(move || caller.as_ref().is_some_and(|caller| doors.lets_in(caller)));
        Ok(Pace { patience, cut, is_let_in, metrics: Arc::clone(&app.metrics) })
    }
}

/// Tells that the server stops: streams end then.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whether that was told.
    fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// That of the server.
    pub(super) fn of(app: &App) -> Self {
        Stop(app.stop.clone())
    }

    /// Waits for that.
    pub(super) async fn told(&mut self) {
        // Where nobody is left to tell, it has stopped.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
