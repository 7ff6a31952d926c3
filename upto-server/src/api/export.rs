//! `GET …/timelines/{timeline}/export`: all events, in the format of another program. Written while they are read, so a
//! large timeline takes no more memory than a small one.

mod chrome;
mod csv;
mod json;
mod lanes;
mod otlp;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::skew::{self, SkewQuery};
use super::{Answer, App, Problem};
use crate::catalog::{Timeline, Unanswered};
use crate::store::Store;
use crate::timeline::question::{EventPage, PageFrom, PageQuestion};
use crate::timeline::{Event, Times};

/// Events that are asked for at a time: each time, the timeline is gone through.
const PAGE: usize = 32_768;
/// Events that are written at a time.
const PIECE: usize = 1_024;

pub(super) const VARIABLES: &str = "{?format}";

/// The query of an export, as it is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// JSON if left out.
    #[param(value_type = Option<Format>, inline)]
    format: Option<String>,
}

/// Writes events in their listing order.
trait EventWriter: Send {
    /// What comes before all events.
    fn begin(&mut self, to: &mut Vec<u8>);
    /// Some events, behind those before.
    fn write(&mut self, events: &[Event], to: &mut Vec<u8>);
    /// What comes after all events.
    fn end(&mut self, to: &mut Vec<u8>);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
enum Format {
    Chrome,
    Json,
    Csv,
    Otlp,
}

impl Format {
    fn of(query: Result<Query<ExportQuery>, QueryRejection>) -> Answer<Self> {
        let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        match query.format.as_deref() {
            Some("chrome") => Ok(Format::Chrome),
            None | Some("json") => Ok(Format::Json),
            Some("csv") => Ok(Format::Csv),
            Some("otlp") => Ok(Format::Otlp),
            _ => Err(Problem::bad_request("format is \"chrome\", \"json\", \"csv\" or \"otlp\"")),
        }
    }

    /// The type of what is written, and what a file of it is called.
    fn labels(self) -> (&'static str, &'static str) {
        match self {
            Format::Chrome => ("application/json", "attachment; filename=\"timeline.trace.json\""),
            Format::Json => ("application/x-ndjson", "attachment; filename=\"timeline.jsonl\""),
            Format::Csv => {
                ("text/csv; charset=utf-8; header=present", "attachment; filename=\"timeline.csv\"")
            }
            Format::Otlp => ("application/json", "attachment; filename=\"timeline.otlp.json\""),
        }
    }

    /// A writer for the events of a timeline of this context and name, the earliest of which is at `first`.
    fn writer(self, context: &str, timeline: &str, first: i64) -> Box<dyn EventWriter> {
        match self {
            Format::Chrome => Box::new(chrome::Writer::new(context, timeline, first)),
            Format::Json => Box::new(json::Writer),
            Format::Csv => Box::new(csv::Writer),
            Format::Otlp => Box::new(otlp::Writer::new(context, timeline)),
        }
    }
}

/// All events of a timeline, for other programs.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/export",
    params(SkewQuery, ExportQuery),
    responses(
        (status = OK, description = "all events, in the format that was asked for",
            content(("application/x-ndjson"), (Object = "application/json"), ("text/csv")),
            headers(("Content-Disposition" = String)))
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<ExportQuery>, QueryRejection>,
    skewed: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Response> {
    let (format, times) = (Format::of(query)?, skew::times(skewed)?);
    let timeline = app.catalog.find(&context, &timeline)?;
    let events = Events { timeline, store: app.catalog.store().clone(), times };
    // What can go wrong mostly does here, where it can still be answered with a status.
    let page = events.page(PageFrom::Beginning).await?;
    let first = page.events.first().map_or(0, Event::first);
    let mut writer = format.writer(events.timeline.context(), events.timeline.name(), first);
    let mut begun = Vec::new();
    writer.begin(&mut begun);
    let writing = Writing { events, writer, page, begun };
    let pieces = stream::try_unfold(Some(writing), next_piece);
    let (kind, file) = format.labels();
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// The events of a timeline, page by page.
struct Events {
    timeline: Arc<Timeline>,
    store: Arc<dyn Store>,
    times: Times,
}

impl Events {
    async fn page(&self, from: PageFrom) -> Result<EventPage, Unanswered> {
        self.timeline.answer(self.store.as_ref(), PageQuestion::new(from, PAGE, self.times)).await
    }
}

/// An export that is under way.
struct Writing {
    events: Events,
    writer: Box<dyn EventWriter>,
    /// What of the page is not written yet.
    page: EventPage,
    /// Written, and not sent yet.
    begun: Vec<u8>,
}

/// The next bytes, and what follows them; an error cuts the connection, since the status is sent already.
async fn next_piece(writing: Option<Writing>) -> Result<Option<(Bytes, Option<Writing>)>, Unanswered> {
    let Some(mut writing) = writing else { return Ok(None) };
    let mut piece = std::mem::take(&mut writing.begun);
    if writing.page.events.is_empty()
        && let Some(place) = writing.page.next
    {
        writing.page = writing.events.page(PageFrom::After(place)).await?;
    }
    let count = writing.page.events.len().min(PIECE);
    let events: Vec<Event> = writing.page.events.drain(..count).collect();
    writing.writer.write(&events, &mut piece);
    if !writing.page.events.is_empty() || writing.page.next.is_some() {
        return Ok(Some((piece.into(), Some(writing))));
    }
    writing.writer.end(&mut piece);
    Ok(Some((piece.into(), None)))
}
