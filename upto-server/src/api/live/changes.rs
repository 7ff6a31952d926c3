//! Somebody who watches a context, or all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::time::{sleep, sleep_until};

use super::frame::Frame;
use super::resume::Resume;
use super::{KEEP_ALIVE, Stop};
use crate::api::hal::{Links, Nothing};
use crate::api::represent::{self, Standing};
use crate::api::{Answer, App, Problem, contexts, href};
use crate::catalog::{Context, Entry, FeedWatching, Sweep, Timeline, WantedAnswer};
use crate::doors::Caller;
use crate::live::LINGER;
use crate::timeline::Times;

/// Nobody is told more often, and so of no timeline more often.
const PACE: Duration = Duration::from_secs(1);
/// How often it is looked whether what changed concerns a reader.
const LOOK: Duration = Duration::from_millis(100);
/// Contexts and timelines that are told at once. With [`PACE`], this bounds what a reader costs in a second.
const PAGE: usize = 200;

/// Of what is told.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// The context with this first name.
    Context(Arc<str>),
    /// All that the caller may see.
    All,
}

/// Somebody who watches a context, or all of them.
pub(super) struct Reader {
    app: App,
    caller: Caller,
    of: Of,
    watching: FeedWatching,
    /// Up to where was told.
    sweep: Sweep,
    stop: Stop,
    /// When it is looked next.
    next: Instant,
    /// Until when nothing has to be said.
    quiet: Instant,
    /// There is more to tell than was told.
    is_behind: bool,
    is_over: bool,
}

/// What is done next.
enum Turn {
    Look,
    Quiet,
    Stop,
}

/// A context that is not there any more, or not under that name.
#[derive(Serialize)]
struct FormerContext<'a> {
    name: &'a str,
    #[serde(rename = "_links")]
    links: Links,
}

/// A timeline likewise.
#[derive(Serialize)]
struct FormerTimeline<'a> {
    context: &'a str,
    name: &'a str,
    #[serde(rename = "_links")]
    links: Links,
}

impl Reader {
    /// Begins to watch, or goes on; and what is told first.
    pub(super) async fn open(app: App, caller: Caller, of: Of, resume: Resume) -> Answer<(Bytes, Self)> {
        // First listen, then look.
        let watching = app.catalog.watch_all();
        let (sweep, stop, now) = (watching.now(), Stop(app.stop.clone()), Instant::now());
        let quiet = now + KEEP_ALIVE;
        let (is_behind, is_over) = (false, false);
        let mut reader =
            Reader { app, caller, of, watching, sweep, stop, next: now, quiet, is_behind, is_over };
        let known = match resume {
            Resume::From(position) => reader.watching.from(position),
            Resume::Anew => None,
        };
        let first = match (known, resume) {
            (Some(sweep), _) => {
                reader.sweep = sweep;
                Frame::first()
            }
            (None, Resume::Anew) => reader.standing(Frame::first()).await?,
            (None, Resume::From(_)) => reader.standing(Frame::first().reset()).await?,
        };
        Ok((first.bytes(), reader))
    }

    /// Adds how the context stands. How all of them do is too much to tell: they have to be fetched.
    async fn standing(&self, frame: Frame) -> Answer<Frame> {
        let position = self.sweep.position();
        match &self.of {
            Of::All => Ok(frame.event(position, "reset", &Nothing {})),
            Of::Context(first) => {
                let context = self.app.catalog.context(first).ok_or_else(|| Problem::no_context(first))?;
                Ok(frame.event(position, "context", &contexts::resource(&self.app, &context).await?))
            }
        }
    }

    /// What is told next; `None` when the server stops, or the context is gone.
    pub(super) async fn next(&mut self) -> Option<Vec<Bytes>> {
        while !self.is_over {
            let mut stop = self.stop.clone();
            let frames = match self.turn().await {
                Turn::Stop => return None,
                Turn::Quiet => vec![Frame::alive(self.sweep.position())],
                Turn::Look => tokio::select! {
                    frames = self.look() => frames,
                    () = stop.told() => return None,
                },
            };
            if !frames.is_empty() {
                self.quiet = Instant::now() + KEEP_ALIVE;
                return Some(frames);
            }
        }
        None
    }

    async fn turn(&mut self) -> Turn {
        let Reader { watching, is_behind, next, quiet, stop, .. } = self;
        let change = async {
            if !*is_behind {
                watching.changed().await;
                // Whatever else is done before it is looked.
                *is_behind = true;
            }
            sleep_until((*next).into()).await;
        };
        tokio::select! {
            () = change => Turn::Look,
            () = sleep_until((*quiet).into()) => Turn::Quiet,
            () = stop.told() => Turn::Stop,
        }
    }

    /// What changed since; nothing if that is none of this reader's concern, or can't be told at present.
    async fn look(&mut self) -> Vec<Bytes> {
        let began = Instant::now();
        let is_wanted = |entry: &Entry| self.is_wanted(entry);
        let Some(page) = self.watching.page(&self.sweep, PAGE, is_wanted) else {
            return self.start_over(began).await;
        };
        let told = self.tell(&page.entries).await;
        let took = began.elapsed();
        let Ok(told) = told else {
            self.next = Instant::now() + took.max(PACE);
            return Vec::new();
        };
        self.next = Instant::now() + if told.is_empty() { LOOK } else { took.max(PACE) };
        let frames = with_ids(told, &self.sweep, &page.then);
        (self.is_behind, self.sweep) = (page.then.is_amid(), page.then);
        frames
    }

    /// More changed than is known.
    async fn start_over(&mut self, began: Instant) -> Vec<Bytes> {
        self.sweep = self.watching.now();
        // Who can't be told how it stands is told when they ask.
        let frame = self.standing(Frame::default().reset()).await;
        self.next = Instant::now() + began.elapsed().max(PACE);
        self.is_behind = false;
        vec![frame.unwrap_or_else(|_| Frame::default().reset()).bytes()]
    }

    /// Called while the feed is locked: what takes longer is looked at later.
    fn is_wanted(&self, entry: &Entry) -> bool {
        match &self.of {
            Of::Context(first) => entry.key().context == *first,
            // A context may have been called something that the caller may see.
            Of::All => entry.key().ordinal.is_none() || self.caller.is_for(entry.context()),
        }
    }

    async fn tell(&mut self, entries: &[Arc<Entry>]) -> Answer<Vec<Bytes>> {
        let mut told = Vec::new();
        for entry in entries {
            let context = self.app.catalog.context(&entry.key().context);
            let context = context.filter(|context| self.caller.is_for(context.name()));
            match entry.key().ordinal {
                Some(ordinal) => self.tell_timeline(entry, context.as_deref(), ordinal, &mut told).await?,
                None => {
                    self.tell_context(entry, context.as_deref(), &mut told).await?;
                    self.is_over = context.is_none() && matches!(self.of, Of::Context(_));
                }
            }
        }
        Ok(told)
    }

    async fn tell_context(
        &self,
        entry: &Entry,
        context: Option<&Context>,
        told: &mut Vec<Bytes>,
    ) -> Answer<()> {
        for name in self.sweep.former(entry).filter(|name| self.caller.is_for(name)) {
            let former = FormerContext { name, links: Links::of(href::context(name)) };
            told.push(Frame::default().rest("context-removed", &former).bytes());
        }
        if let Some(context) = context {
            let write = async || {
                let resource = contexts::resource(&self.app, context).await?;
                Ok::<_, Problem>(Frame::default().rest("context", &resource).bytes())
            };
            told.push(self.text(entry, write).await?);
        }
        Ok(())
    }

    async fn tell_timeline(
        &self,
        entry: &Entry,
        context: Option<&Context>,
        ordinal: u64,
        told: &mut Vec<Bytes>,
    ) -> Answer<()> {
        // That a context is gone is told of itself.
        let Some(context) = context else { return Ok(()) };
        for name in self.sweep.former(entry) {
            let links = Links::of(href::timeline(context.name(), name));
            let former = FormerTimeline { context: context.name(), name, links };
            told.push(Frame::default().rest("timeline-removed", &former).bytes());
        }
        if let Some(timeline) = context.at(ordinal) {
            told.push(self.text(entry, async || self.write(&timeline).await).await?);
        }
        Ok(())
    }

    /// What is told of an entry, which is written for whoever is first.
    async fn text(&self, entry: &Entry, write: impl AsyncFnOnce() -> Answer<Bytes>) -> Answer<Bytes> {
        let (text, is_new) = entry.text(write).await?;
        if is_new {
            self.watching.grow(entry);
        }
        Ok(text)
    }

    async fn write(&self, timeline: &Timeline) -> Answer<Bytes> {
        let wanted = WantedAnswer::Since(Instant::now());
        let resource = match timeline.numbers(self.app.catalog.store().as_ref(), wanted).await {
            Ok(numbers) => represent::timeline_with(timeline, &Standing::of(&numbers, Times::Corrected)),
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(_) => represent::listed_timeline(&self.app, timeline).await?,
        };
        Ok(Frame::default().rest("timeline", &resource).bytes())
    }
}

/// The events with their ids: who was not told the last of them is told all of them again.
fn with_ids(told: Vec<Bytes>, before: &Sweep, then: &Sweep) -> Vec<Bytes> {
    let count = told.len();
    let ids = (1..=count).map(|number| if number < count { before } else { then });
    let id = |sweep: &Sweep| Frame::default().id(sweep.position()).bytes();
    ids.zip(told).flat_map(|(sweep, event)| [id(sweep), event]).collect()
}

impl Drop for Reader {
    /// For a while, what changes is still noted: the client may come back.
    fn drop(&mut self) {
        let close = self.watching.closing();
        // Without a runtime, the server is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                sleep(LINGER).await;
                close();
            });
        }
    }
}
