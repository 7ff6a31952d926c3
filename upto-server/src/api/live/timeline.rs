//! Somebody who watches a timeline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::time::{sleep, sleep_until};

use super::frame::Frame;
use super::resume::Resume;
use super::{KEEP_ALIVE, Stop};
use crate::api::represent::{self, EventResource, Standing};
use crate::api::{Answer, App};
use crate::catalog::{Timeline, WantedAnswer};
use crate::live::{LINGER, News, Position, TimelineNews, Told, Update, UpdateChange, Watching};
use crate::store::Store;
use crate::timeline::Times;

/// A reader of a timeline that has to be asked each time is not told more often.
const PACE: Duration = Duration::from_secs(1);
/// Bytes after which no more is told at once.
const AT_ONCE: usize = 64 << 10;

#[derive(Serialize)]
struct Events {
    events: Vec<EventResource>,
}

/// Somebody who watches a timeline.
pub(super) struct Reader {
    store: Arc<dyn Store>,
    timeline: Arc<Timeline>,
    times: Times,
    watching: Watching,
    /// Up to where was told.
    position: Position,
    stop: Stop,
    /// When the timeline may be asked next.
    next: Instant,
    /// Until when nothing has to be said.
    quiet: Instant,
}

/// What happens next.
enum Turn {
    Changed,
    Quiet,
    Stop,
}

impl Reader {
    /// Begins to watch, or goes on; and what is told first.
    pub(super) async fn open(
        app: &App,
        timeline: Arc<Timeline>,
        times: Times,
        resume: Resume,
    ) -> Answer<(Bytes, Self)> {
        // First listen, then look: nothing that changes in between is missed.
        let watching = app.catalog.watch(&timeline);
        let (store, stop, now) = (app.catalog.store().clone(), Stop(app.stop.clone()), Instant::now());
        let (position, quiet) = (watching.position(), now + KEEP_ALIVE);
        let mut reader = Reader { store, timeline, times, watching, position, stop, next: now, quiet };
        let first = match resume {
            Resume::From(position) if reader.watching.after(position).is_some() => {
                reader.position = position;
                Frame::first()
            }
            Resume::From(_) => reader.standing(Frame::first().reset()).await?,
            Resume::Anew => reader.standing(Frame::first()).await?,
        };
        Ok((first.bytes(), reader))
    }

    /// Adds how the timeline stands.
    async fn standing(&self, frame: Frame) -> Answer<Frame> {
        let numbers = self.timeline.numbers(self.store.as_ref(), WantedAnswer::Recent).await?;
        Ok(self.told(frame, self.position, &Standing::of(&numbers, self.times)))
    }

    /// What is told next; `None` when the server stops.
    pub(super) async fn next(&mut self) -> Option<Vec<Bytes>> {
        loop {
            match self.turn().await {
                Turn::Stop => return None,
                Turn::Quiet => {
                    self.quiet = Instant::now() + KEEP_ALIVE;
                    return Some(vec![Frame::alive(self.position)]);
                }
                Turn::Changed => {}
            }
            let frames = match self.news() {
                Some(frames) => frames,
                None => vec![self.ask().await?],
            };
            if !frames.is_empty() {
                self.quiet = Instant::now() + KEEP_ALIVE;
                return Some(frames);
            }
        }
    }

    async fn turn(&mut self) -> Turn {
        if self.position != self.watching.position() && !self.stop.is_told() {
            return Turn::Changed;
        }
        tokio::select! {
            () = self.watching.changed() => Turn::Changed,
            () = sleep_until(self.quiet.into()) => Turn::Quiet,
            () = self.stop.told() => Turn::Stop,
        }
    }

    /// What was published since, as much as is told at once; `None` if that is not known, and the timeline has to be
    /// asked. The rest stays where all who watch share it.
    fn news(&mut self) -> Option<Vec<Bytes>> {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        for update in self.watching.after(self.position)? {
            if bytes >= AT_ONCE {
                break;
            }
            let text = self.text(&update)?;
            bytes += text.len();
            frames.push(text);
            self.position = update.position;
        }
        Some(frames)
    }

    fn text(&self, update: &Update) -> Option<Bytes> {
        match &update.news {
            News::Told(news) => Some(update.text(self.times, || self.write(update, news))),
            News::Changed => None,
        }
    }

    fn write(&self, update: &Update, news: &TimelineNews) -> Bytes {
        let Told { summary, change } = news.told(self.times);
        // Who was told only the first of two events is told both again.
        let frame = match change {
            UpdateChange::Reset => Frame::default().reset(),
            UpdateChange::Events(events) if events.is_empty() => Frame::default(),
            UpdateChange::Events(events) => {
                let events = events.iter().map(EventResource::from).collect();
                Frame::default().event(update.before, "events", &Events { events })
            }
        };
        let standing = Standing { summary: *summary, skew: news.skew.clone(), times: self.times };
        self.told(frame, update.position, &standing).bytes()
    }

    /// Asks the timeline how it stands, once for everything that changed by then. Where that takes long, it is the
    /// longer until the next time.
    async fn ask(&mut self) -> Option<Bytes> {
        tokio::select! {
            () = sleep_until(self.next.into()) => {}
            () = self.stop.told() => return None,
        }
        let began = Instant::now();
        self.position = self.watching.position();
        let numbers = tokio::select! {
            numbers = self.timeline.numbers(self.store.as_ref(), WantedAnswer::Since(began)) => numbers,
            () = self.stop.told() => return None,
        };
        self.next = Instant::now() + began.elapsed().max(PACE);
        let reset = Frame::default().reset();
        Some(match numbers {
            Ok(numbers) => self.told(reset, self.position, &Standing::of(&numbers, self.times)).bytes(),
            // Who can't be told how it stands is told when they ask.
            Err(_) => reset.bytes(),
        })
    }

    fn told(&self, frame: Frame, position: Position, standing: &Standing) -> Frame {
        frame.event(position, "timeline", &represent::timeline_with(&self.timeline, standing))
    }
}

impl Drop for Reader {
    /// For a while, what changes is still collected: the client may come back.
    fn drop(&mut self) {
        let (visits, timeline) = (self.timeline.visits(), Arc::downgrade(&self.timeline));
        let linger = async move {
            sleep(LINGER).await;
            if let Some(timeline) = timeline.upgrade() {
                timeline.forget_watchers(visits);
            }
        };
        // Without a runtime, the server is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(linger);
        }
    }
}
