//! `GET …/timelines/{timeline}/columns`: all events of a timeline, for programs.
//!
//! The answer is written while it is sent. Its chunks are made on a thread of its own, which waits for a slow reader, so
//! there are only so many at a time.

use std::io;
use std::num::NonZeroU32;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::asked::{Asked, Parameters};
use super::skew::SkewQuery;
use super::{Answer, Problem};
use crate::timeline::columns::{CHUNK, Chunk, chunks};
use crate::timeline::table::Table;

/// The coarsest times that somebody may ask for: a second.
const MOST_GRAIN: u32 = 1_000_000_000;
/// Answers that are written at the same time.
const AT_ONCE: usize = 16;
static WRITING: Semaphore = Semaphore::const_new(AT_ONCE);
/// Chunks that wait for the reader, of some hundred kilobytes each.
const WAITING: usize = 2;

/// How chunks are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A chunk of JSON on each line.
    Lines,
    /// An array of chunks, as JSON.
    Array,
    /// One MessagePack map behind the other.
    MessagePack,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct ColumnsQuery {
    /// To how many nanoseconds times are rounded down; 1 if left out: they are as they were.
    #[param(minimum = 1, maximum = 1_000_000_000)]
    grain: Option<u32>,
}

impl ColumnsQuery {
    fn grain(&self) -> Answer<NonZeroU32> {
        let grain = NonZeroU32::new(self.grain.unwrap_or(1));
        let refused = || Problem::bad_request(format!("grain is nanoseconds, from 1 to {MOST_GRAIN}"));
        grain.filter(|grain| grain.get() <= MOST_GRAIN).ok_or_else(refused)
    }
}

/// All events of a timeline as columns.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/columns",
    params(SkewQuery, ColumnsQuery),
    responses(
        (status = OK, description = "chunks of columns, as COLUMNS.md describes them",
            content(("application/x-ndjson"), (Vec<Object> = "application/json"), ("application/msgpack"))),
        (status = NOT_ACCEPTABLE, description = "none of these types is accepted")
    )
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<ColumnsQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let (form, grain) = (Form::accepted(&headers)?, query.grain()?);
    let busy =
        || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many others are reading columns at present");
    let permit = WRITING.try_acquire().map_err(|_| busy())?;
    let table = asked.timeline.made(asked.app.catalog.store().as_ref(), asked.times).await?.table().clone();
    let (sender, receiver) = channel(WAITING);
    spawn_blocking(move || write(&table, grain, form, &sender, permit));
    let body = Body::from_stream(ReceiverStream::new(receiver));
    let headers = [(header::CONTENT_TYPE, form.content_type()), (header::VARY, "accept")];
    Ok((headers, body).into_response())
}

impl Form {
    /// The form that the request says it likes most; of those that it likes as much, the one that it names first.
    fn accepted(headers: &HeaderMap) -> Answer<Self> {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut kinds = values.flat_map(|value| value.split(',')).peekable();
        if kinds.peek().is_none() {
            return Ok(Form::Lines);
        }
        let weighed = kinds.filter_map(|kind| Some((Form::of(kind)?, weight(kind))));
        let best = weighed.filter(|(_, weight)| *weight > 0.0).reduce(|best, next| match next.1 > best.1 {
            true => next,
            false => best,
        });
        best.map(|(form, _)| form).ok_or_else(|| {
            let detail = "columns are application/x-ndjson, application/json or application/msgpack";
            Problem::new(StatusCode::NOT_ACCEPTABLE, detail)
        })
    }

    fn of(kind: &str) -> Option<Self> {
        let name = kind.split(';').next().unwrap_or("").trim();
        match name.to_ascii_lowercase().as_str() {
            "application/x-ndjson" | "*/*" | "application/*" => Some(Form::Lines),
            "application/json" => Some(Form::Array),
            "application/msgpack" | "application/vnd.msgpack" => Some(Form::MessagePack),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Form::Lines => "application/x-ndjson",
            Form::Array => "application/json",
            Form::MessagePack => "application/msgpack",
        }
    }

    fn write(self, chunk: &Chunk, is_first: bool) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Form::Lines => {}
            Form::Array => bytes.push(if is_first { b'[' } else { b',' }),
            Form::MessagePack => {
                rmp_serde::encode::write_named(&mut bytes, chunk).map_err(io::Error::other)?;
                return Ok(bytes);
            }
        }
        serde_json::to_writer(&mut bytes, chunk)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// What comes behind the last chunk.
    fn end(self, is_empty: bool) -> &'static [u8] {
        match self {
            Form::Array if is_empty => b"[]\n",
            Form::Array => b"]\n",
            Form::Lines | Form::MessagePack => b"",
        }
    }
}

/// How much a type is liked, from 0 (not at all) to 1.
fn weight(kind: &str) -> f32 {
    let parameters = kind.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut weights = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    weights.next().map_or(1.0, |(_, weight)| weight.trim().parse().unwrap_or(1.0))
}

/// Ends when all is sent, or nobody reads it any more. An answer that is cut off has no end, so readers notice.
fn write(
    table: &Table,
    grain: NonZeroU32,
    form: Form,
    sender: &Sender<io::Result<Bytes>>,
    _permit: SemaphorePermit<'_>,
) {
    for (number, chunk) in chunks(table, CHUNK).rounded(grain).enumerate() {
        let bytes = form.write(&chunk, number == 0).map(Bytes::from);
        let is_broken = bytes.is_err();
        if sender.blocking_send(bytes).is_err() || is_broken {
            return;
        }
    }
    // Who does not read any more misses nothing.
    let _ = sender.blocking_send(Ok(Bytes::from_static(form.end(table.is_empty()))));
}
