//! `GET …/timelines/{timeline}/live`: server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use tokio::time::sleep_until;

use super::represent::{EventResource, Standing};
use super::skew::{self, SkewQuery};
use super::{Answer, App, represent};
use crate::catalog::{Catalog, Timeline, WantedAnswer};
use crate::live::{TimelineNews, Told, Update, UpdateChange};
use crate::timeline::Times;

/// A comment is sent after so long a silence, so that nobody between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A reader of a timeline that has to be asked each time is not told more often.
const PACE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Events {
    events: Vec<EventResource>,
}

#[derive(Serialize)]
struct Empty {}

pub(super) async fn stream(
    State(app): State<App>,
    Path((context, timeline)): Path<(String, String)>,
    query: Result<Query<SkewQuery>, QueryRejection>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let (timeline, times) = (app.catalog.find(&context, &timeline)?, skew::times(query)?);
    // First listen, then look: nothing that changes in between is missed.
    let updates = app.catalog.watch(&timeline);
    let numbers = timeline.numbers(app.catalog.store().as_ref(), WantedAnswer::Recent).await?;
    let first = told("timeline", &represent::timeline_with(&timeline, &Standing::of(&numbers, times)));
    let App { catalog, stop, .. } = app;
    let reader = Reader { catalog, timeline, times, updates, stop, next: Instant::now() };
    let news = stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)));
    let all = stream::iter([first]).chain(news.flat_map(stream::iter));
    Ok(Sse::new(all.map(Ok)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Somebody who watches a timeline.
struct Reader {
    catalog: Arc<Catalog>,
    timeline: Arc<Timeline>,
    times: Times,
    updates: Receiver<Arc<Update>>,
    stop: watch::Receiver<bool>,
    /// When the timeline may be asked next.
    next: Instant,
}

impl Reader {
    /// What is told next; `None` when the server stops.
    async fn next(&mut self) -> Option<Vec<Event>> {
        let update = tokio::select! {
            update = self.updates.recv() => update,
            _ = self.stop.wait_for(|stop| *stop) => return None,
        };
        match update.as_deref() {
            Ok(Update::News(news)) => Some(self.tell(news)),
            // Of a reader who was too slow, news were dropped.
            Ok(Update::Changed) | Err(RecvError::Lagged(_)) => self.ask().await,
            Err(RecvError::Closed) => None,
        }
    }

    fn tell(&self, news: &TimelineNews) -> Vec<Event> {
        let Told { summary, change } = news.told(self.times);
        let numbers =
            self.numbers(&Standing { summary: *summary, skew: news.skew.clone(), times: self.times });
        match change {
            UpdateChange::Reset => vec![reset(), numbers],
            UpdateChange::Events(events) if events.is_empty() => vec![numbers],
            UpdateChange::Events(events) => {
                let events = events.iter().map(EventResource::from).collect();
                vec![told("events", &Events { events }), numbers]
            }
        }
    }

    /// Asks the timeline how it stands, once for everything that changed by then. Where that takes long, it is the
    /// longer until the next time.
    async fn ask(&mut self) -> Option<Vec<Event>> {
        tokio::select! {
            () = sleep_until(self.next.into()) => {}
            _ = self.stop.wait_for(|stop| *stop) => return None,
        }
        while !matches!(self.updates.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
        let began = Instant::now();
        let store = self.catalog.store().clone();
        let numbers = tokio::select! {
            numbers = self.timeline.numbers(store.as_ref(), WantedAnswer::Since(began)) => numbers,
            _ = self.stop.wait_for(|stop| *stop) => return None,
        };
        self.next = Instant::now() + began.elapsed().max(PACE);
        // Who can't be told how it stands is told when they ask.
        let numbers = numbers.ok().map(|numbers| self.numbers(&Standing::of(&numbers, self.times)));
        Some([reset()].into_iter().chain(numbers).collect())
    }

    fn numbers(&self, standing: &Standing) -> Event {
        told("timeline", &represent::timeline_with(&self.timeline, standing))
    }
}

fn reset() -> Event {
    told("reset", &Empty {})
}

/// A server-sent event; JSON has no line breaks, so any name can be in it.
fn told(kind: &str, data: &impl Serialize) -> Event {
    Event::default().event(kind).data(serde_json::to_string(data).unwrap_or_default())
}
