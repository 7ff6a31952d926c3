//! `GET …/timelines/{timeline}/columns`: all events of a timeline, for programs.
//!
//! The answer is written while it is sent. Its chunks are made on a thread of its own, which waits for a slow reader, so
//! there are only so many at a time, and who reads nothing for a while is cut off: others wait for that.

use std::future::ready;
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Sender, channel};
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
const AT_ONCE: usize = 64;
/// How long a reader may take for a chunk.
const PATIENCE: Duration = Duration::from_secs(20);
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
    let lent = asked.timeline.lend(asked.app.catalog.store().as_ref(), asked.times).await?;
    let lent = lent.ok_or_else(busy)?;
    let (sender, receiver) = channel(WAITING);
    let writer = Writer { form, grain, sender, patience: PATIENCE, runtime: Handle::current() };
    let is_whole = Arc::new(AtomicBool::new(false));
    let tell = is_whole.clone();
    spawn_blocking(move || {
        tell.store(writer.write(lent.table()).is_some(), Ordering::Release);
        drop((writer, lent, permit));
    });
    let body = Body::from_stream(ReceiverStream::new(receiver).chain(end(is_whole)));
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

/// Sends an answer as it is read.
struct Writer {
    form: Form,
    grain: NonZeroU32,
    sender: Sender<io::Result<Bytes>>,
    patience: Duration,
    runtime: Handle,
}

impl Writer {
    /// Sends all of it; `None`: nobody reads it any more, or not soon enough.
    fn write(&self, table: &Table) -> Option<()> {
        for (number, chunk) in chunks(table, CHUNK).rounded(self.grain).enumerate() {
            self.send(self.form.write(&chunk, number == 0).ok()?)?;
        }
        self.send(self.form.end(table.is_empty()).to_vec())
    }

    fn send(&self, bytes: Vec<u8>) -> Option<()> {
        let sent = self.sender.send_timeout(Ok(Bytes::from(bytes)), self.patience);
        self.runtime.block_on(sent).ok()
    }
}

/// What comes behind the last chunk: an error unless all was sent, so that readers notice that the answer was cut off.
fn end(is_whole: Arc<AtomicBool>) -> impl Stream<Item = io::Result<Bytes>> {
    let cut = move || (!is_whole.load(Ordering::Acquire)).then(|| Err(io::Error::other("it was cut off")));
    stream::once(async move { cut() }).filter_map(ready)
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Runtime;

    use super::*;
    use crate::timeline::made::table;

    /// What comes of an answer of two parts of which so many are read at once, and the others never in time.
    fn read(at_once: usize) -> Vec<bool> {
        let runtime = Runtime::new().expect("a runtime");
        let (sender, receiver) = channel(at_once);
        let (form, grain) = (Form::Array, NonZeroU32::MIN);
        let writer =
            Writer { form, grain, sender, patience: Duration::ZERO, runtime: runtime.handle().clone() };
        let is_whole = writer.write(&table(&[("a", "h", 1, 0, Some(1), Some(2))])).is_some();
        drop(writer);
        let end = end(Arc::new(AtomicBool::new(is_whole)));
        runtime.block_on(ReceiverStream::new(receiver).chain(end).map(|part| part.is_ok()).collect())
    }

    #[test]
    fn who_reads_nothing_for_too_long_is_cut_off_and_sees_that() {
        assert_eq!(read(2), [true, true]);
        assert_eq!(read(1), [true, false]);
    }
}
