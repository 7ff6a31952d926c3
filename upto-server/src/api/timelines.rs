//! `GET` and `POST /api/contexts/{context}/timelines`, and `GET …/timelines/{timeline}`.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use upto::wire::{Batch, Kind, Message, limits};
use utoipa::ToSchema;

use super::body::{self, Whole};
use super::cursor::{Anchor, Page, PageQuery, foreign_place};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::represent::TimelineProperties;
use super::skew::{self, SkewQuery};
use super::{Answer, App, Problem, href, represent};
use crate::catalog::{Context, Timeline};
use crate::timeline::Times;

/// The timelines of a context, the newest first.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines",
    params(PageQuery),
    responses((status = OK, body = List<Nothing, Resource<TimelineProperties>>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Path(segment): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Answer<Hal<List<Nothing, Resource<TimelineProperties>>>> {
    let context = app.catalog.find_context(&segment)?;
    let page = Page::of(query)?;
    let place = |text: &str| text.parse::<u64>().map_err(|_| foreign_place());
    let timelines = match &page.from {
        Anchor::Beginning => context.older(None, page.limit),
        Anchor::After(ordinal) => context.older(Some(place(ordinal)?), page.limit),
        Anchor::Before(ordinal) => context.newer(place(ordinal)?, page.limit),
    };
    let mut item = Vec::new();
    for timeline in &timelines {
        item.push(represent::listed_timeline(&app, timeline).await?);
    }
    Ok(Hal(List {
        properties: Nothing {},
        links: links(&context, &page, &timelines),
        embedded: Items { item },
    }))
}

/// A timeline.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}",
    params(SkewQuery),
    responses((status = OK, body = Resource<TimelineProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Hal<Resource<TimelineProperties>>> {
    let timeline = app.catalog.find(&context, &timeline)?;
    Ok(Hal(represent::timeline(&app, &timeline, skew::times(query)?).await?))
}

/// The body of a request to open a timeline.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Opening {
    /// At most 16,384 bytes; the server gives one if left out.
    #[schema(max_length = 16_384)]
    name: Option<String>,
}

/// Opens a timeline, which is the active one then.
#[utoipa::path(
    post,
    path = "/api/contexts/{context}/timelines",
    request_body(content = Opening),
    responses(
        (status = CREATED, body = Resource<TimelineProperties>, headers(("Location" = String))),
        (status = OK, description = "it was there", body = Resource<TimelineProperties>,
            headers(("Location" = String)))
    )
)]
pub(super) async fn open(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>,
    Path(segment): Path<String>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    body::expect_json(&headers)?;
    let opening = opening(&body.0?)?;
    let name = opening.name.unwrap_or_default();
    let known = app.catalog.labelled(&segment);
    let context = known.as_ref().map_or_else(|| href::name(&segment), |context| context.name());
    if name.len() > limits::NAME_BYTES || context.is_empty() || context.len() > limits::NAME_BYTES {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a name has 1 to 16,384 bytes"));
    }
    let message = Message { kind: Kind::New, context, timeline: &name, ..Message::default() };
    let batch = Batch { messages: vec![message], ..Batch::default() };
    let receipt = app.ingest.take(&batch, peer.ip()).await?;
    app.ingest.stored(&receipt).await?;
    match (receipt.timelines.first(), receipt.opened.first()) {
        (Some(timeline), opened) => answer(&app, timeline, opened == Some(&true)).await,
        (None, _) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no timeline was opened")),
    }
}

fn opening(body: &[u8]) -> Answer<Opening> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Opening::default());
    }
    body::object(body)
}

async fn answer(app: &App, timeline: &Timeline, opened: bool) -> Answer<Response> {
    let status = if opened { StatusCode::CREATED } else { StatusCode::OK };
    let location = href::timeline(timeline.context(), timeline.name());
    let resource = represent::timeline(app, timeline, Times::Corrected).await?;
    Ok((status, [(header::LOCATION, location)], Hal(resource)).into_response())
}

fn links(context: &Context, page: &Page, timelines: &[Arc<Timeline>]) -> Links {
    let base = format!("{}/timelines", href::context(context.name()));
    let items = timelines.iter().map(|timeline| href::timeline(context.name(), timeline.name()));
    let address = |from: Anchor| page.address(&base, &from);
    let next = timelines.last().map(|last| last.ordinal());
    let next = next.filter(|last| !context.older(Some(*last), 1).is_empty());
    let previous = timelines.first().map(|first| first.ordinal());
    let previous = previous.filter(|first| !context.newer(*first, 1).is_empty());
    Links::of(address(page.from.clone()))
        .with("context", href::context(context.name()))
        .with_many("item", items)
        .with_some("next", next.map(|last| address(Anchor::After(last.to_string()))))
        .with_some("prev", previous.map(|first| address(Anchor::Before(first.to_string()))))
}
