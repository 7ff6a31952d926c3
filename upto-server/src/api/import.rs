//! `POST …/timelines/{timeline}/import`: what other programs have recorded, into a timeline. It goes through the same door as
//! everything else, some thousand messages at a time. An agent takes it as well.

mod lines;

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};

use super::body::{self, Refused};
use super::hal::{Hal, Links, Resource};
use super::otlp::gzip;
use super::spool::AgentApp;
use super::taking::{self, Takes};
use super::{App, Problem, href};
use crate::decode::chrome::Chrome;
use crate::decode::draft::{Destination, Draft, batch};
use crate::decode::{BodyError, otlp, timings};

/// Bytes of a document, decompressed.
const DOCUMENT_BYTES: usize = 64 << 20;
/// Messages that are taken at a time.
const MESSAGES: usize = 16_384;
/// Types that pages of other sites may send without asking first.
const SIMPLE_TYPES: [&str; 4] =
    ["", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

pub(super) const VARIABLES: &str = "{?format,start}";

/// The query of an import, as it is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    #[param(value_type = Format, inline)]
    format: Option<String>,
    /// When what the document calls 0 was, by RFC 3339.
    #[param(format = DateTime)]
    start: Option<String>,
}

#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum Format {
    Chrome,
    Timings,
    Json,
    Otlp,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) format: Format,
    /// When what the document calls 0 was, in nanoseconds since the epoch.
    pub(super) start: Option<i64>,
}

/// What became of a document.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Imported {
    imported: usize,
    /// Events that are none here, and why the first one is not.
    rejected: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

/// Puts what other programs have recorded into a timeline, which is opened if it is not there.
#[utoipa::path(
    post,
    path = "/api/contexts/{context}/timelines/{timeline}/import",
    params(ImportQuery),
    request_body(description = "a document in the format",
        content((Object = "application/json"), ("application/x-ndjson"), ("text/html"))),
    responses((status = CREATED, body = Resource<Imported>))
)]
pub(super) async fn import(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request = Request::of(query)?;
    let known = app.catalog.find(&context, &timeline).ok();
    let name = |segment: &str| href::name(segment).to_owned();
    let context = match app.catalog.find_context(&context) {
        Ok(context) => context.name().to_string(),
        Err(_) => name(&context),
    };
    let timeline = known.map_or_else(|| name(&timeline), |known| known.name().to_string());
    let address = href::timeline(&context, &timeline);
    let taken = read_and_take(&app, peer.ip(), request, (context, timeline), &headers, body).await;
    let properties = taking::counted(&app, taken)?;
    let links = Links::of(format!("{address}/import")).with("timeline", address);
    Ok((StatusCode::CREATED, Hal(Resource { properties, links })).into_response())
}

/// The same on an agent, which knows no timelines: the names are those in the address. What it took is durable there.
pub(super) async fn spool(
    State(app): State<AgentApp>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request = Request::of(query)?;
    let [context, timeline] = [&context, &timeline].map(|segment| href::name(segment).to_owned());
    let links = Links::of(format!("{}/import", href::timeline(&context, &timeline)));
    let taken = read_and_take(&app, peer.ip(), request, (context, timeline), &headers, body).await;
    let properties = taking::counted(&app, taken)?;
    Ok((StatusCode::ACCEPTED, Hal(Resource { properties, links })).into_response())
}

impl Request {
    fn of(query: Result<Query<ImportQuery>, QueryRejection>) -> Result<Self, Problem> {
        let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        let format = match query.format.as_deref() {
            Some("chrome") => Format::Chrome,
            Some("timings") => Format::Timings,
            Some("json") => Format::Json,
            Some("otlp") => Format::Otlp,
            _ => return Err(Problem::bad_request("format is \"chrome\", \"timings\", \"json\" or \"otlp\"")),
        };
        let start = query.start.as_deref().map(nanoseconds).transpose()?;
        Ok(Request { format, start })
    }
}

fn nanoseconds(text: &str) -> Result<i64, Problem> {
    let time = text.parse::<jiff::Timestamp>().ok();
    let nanoseconds = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
    nanoseconds.ok_or_else(|| Problem::bad_request("start is a time such as 2026-01-31T12:00:00.5Z"))
}

async fn read_and_take(
    app: &impl Takes,
    peer: IpAddr,
    request: Request,
    (context, timeline): (String, String),
    headers: &HeaderMap,
    sent: Body,
) -> Result<Imported, Refused> {
    if SIMPLE_TYPES.contains(&body::content_type(headers).as_str()) {
        let detail = "the content type has to say what it is, such as application/json";
        return Err(("content_type", Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)));
    }
    let decompress = gzip::is_used(headers)?;
    let sent = taking::read(app, sent).await?;
    let (app, door) = (app.clone(), Handle::current());
    // Reading a large document takes a while, which must keep no other request waiting.
    let work = spawn_blocking(move || {
        let sent = if decompress { gzip::inflate(sent, DOCUMENT_BYTES)? } else { sent };
        let to = Destination { context: &context, timeline: &timeline };
        take(&sent.bytes, request, to, |drafts| door.block_on(store(&app, peer, drafts)))
    });
    let stopped = |_| ("stopped", Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server ends"));
    work.await.map_err(stopped)?
}

async fn store(app: &impl Takes, peer: IpAddr, drafts: &[Draft<'_>]) -> Result<(), Refused> {
    let taken = app.take(&batch(drafts), peer).await?;
    app.stored(taken).await.map(drop)
}

/// Gives the messages in a document to `store`, if there is nothing wrong with any of them.
pub(super) fn take(
    body: &[u8],
    request: Request,
    to: Destination<'_>,
    mut store: impl FnMut(&[Draft<'_>]) -> Result<(), Refused>,
) -> Result<Imported, Refused> {
    let Request { format, start } = request;
    match format {
        Format::Chrome => {
            let chrome = Chrome::open(body, start)?;
            store_checked(|| chrome.drafts(to), &mut store)
        }
        Format::Json => store_checked(|| lines::drafts(body, to), &mut store),
        Format::Timings => {
            let drafts = timings::read(body, start, to)?;
            store_all(drafts.into_iter().map(Ok), &mut store)
        }
        Format::Otlp => {
            let rules = otlp::OtlpRules::default();
            let otlp::Decoded { drafts, rejected, reason } = otlp::json(body, &rules, Some(to))?;
            let imported = store_all(drafts.into_iter().map(Ok), &mut store)?;
            Ok(Imported { rejected, reason, ..imported })
        }
    }
}

/// Goes through all messages before any is stored: a document is taken whole, as far as it depends on the document.
fn store_checked<'a, I: Iterator<Item = Result<Draft<'a>, BodyError>>>(
    drafts: impl Fn() -> I,
    store: &mut impl FnMut(&[Draft<'_>]) -> Result<(), Refused>,
) -> Result<Imported, Refused> {
    drafts().try_for_each(|draft| draft.map(drop))?;
    store_all(drafts(), store)
}

fn store_all<'a>(
    mut drafts: impl Iterator<Item = Result<Draft<'a>, BodyError>>,
    store: &mut impl FnMut(&[Draft<'_>]) -> Result<(), Refused>,
) -> Result<Imported, Refused> {
    let mut imported = Imported::default();
    loop {
        let some = drafts.by_ref().take(MESSAGES).collect::<Result<Vec<_>, _>>()?;
        if some.is_empty() {
            return Ok(imported);
        }
        store(&some)?;
        imported.imported += some.len();
    }
}
