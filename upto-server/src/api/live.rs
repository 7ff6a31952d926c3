//! `GET …/timelines/{timeline}/live`: server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use serde::Serialize;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use tokio_stream::{Stream, StreamExt};

use super::represent::{EventResource, Standing};
use super::skew::{self, SkewQuery};
use super::{Answer, App, represent};
use crate::catalog::Timeline;
use crate::live::{Told, Update, UpdateChange};
use crate::timeline::Times;

/// A comment is sent after so long a silence, so that nobody between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct Events {
    events: Vec<EventResource>,
}

#[derive(Serialize)]
struct Empty {}

/// What a reader is told next.
enum News {
    Update(Arc<Update>),
    /// The reader was too slow, and news were dropped.
    Missed,
    Stop,
}

pub(super) async fn stream(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let (timeline, times) = (app.catalog.find(&context, &timeline)?, skew::times(query)?);
    // First listen, then look: nothing that changes in between is missed.
    let updates = BroadcastStream::new(app.catalog.watch(&timeline)).map(News::from);
    let standing = timeline.ask(app.catalog.store().as_ref(), Standing::with(times)).await?;
    let stop = WatchStream::new(app.stop).filter(|stop| *stop).map(|_| News::Stop);
    let first = tokio_stream::iter([told("timeline", &represent::timeline_with(&timeline, &standing))]);
    let news = updates.merge(stop).take_while(|news| !matches!(news, News::Stop));
    let told = futures_util::StreamExt::flatten(
        news.map(move |news| tokio_stream::iter(tell(&timeline, news, times))),
    );
    Ok(Sse::new(first.chain(told).map(Ok)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

impl From<Result<Arc<Update>, BroadcastStreamRecvError>> for News {
    fn from(received: Result<Arc<Update>, BroadcastStreamRecvError>) -> Self {
        received.map_or(News::Missed, News::Update)
    }
}

fn tell(timeline: &Timeline, news: News, times: Times) -> Vec<Event> {
    match news {
        News::Update(update) => tell_update(timeline, &update, times),
        News::Missed => vec![told("reset", &Empty {})],
        News::Stop => Vec::new(),
    }
}

fn tell_update(timeline: &Timeline, update: &Update, times: Times) -> Vec<Event> {
    let Told { summary, change } = update.told(times);
    let standing = Standing { summary: *summary, skew: update.skew.clone(), times };
    let numbers = told("timeline", &represent::timeline_with(timeline, &standing));
    match change {
        UpdateChange::Reset => vec![told("reset", &Empty {}), numbers],
        UpdateChange::Events(events) if events.is_empty() => vec![numbers],
        UpdateChange::Events(events) => {
            let events = events.iter().map(EventResource::from).collect();
            vec![told("events", &Events { events }), numbers]
        }
    }
}

/// A server-sent event; JSON has no line breaks, so any name can be in it.
fn told(kind: &str, data: &impl Serialize) -> Event {
    Event::default().event(kind).data(serde_json::to_string(data).unwrap_or_default())
}
