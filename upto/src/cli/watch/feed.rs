//! What happens in a timeline, in spite of connections that break, and in the newer ones after it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::api::{Api, Context, Event, Links, News, Timeline};
use crate::cli::failure::Failure;

/// How often a context is asked for a newer timeline.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long after a broken connection the next one is tried, at first and at last.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// News that wait for being shown. Beyond that the server waits, and then tells to fetch them again.
const WAITING: usize = 256;

/// Tells what happens.
#[derive(Debug)]
pub(super) struct Feed {
    api: Arc<Api>,
    timeline: Timeline,
    /// Counts connections: what an earlier one still says is of no interest.
    connection: u64,
    tell: SyncSender<Word>,
    words: Receiver<Word>,
    /// When the next connection is tried, and how long after that one the next.
    retry: Option<Instant>,
    pause: Duration,
}

/// What a watcher is told.
#[derive(Debug)]
pub(super) enum Told {
    /// Another timeline is watched from now on.
    Moved,
    /// Everything may have changed: there is a new connection, or the server has told so.
    Anew,
    /// These events are new or changed.
    Events(Vec<Event>),
    /// The timeline itself has changed.
    Numbers,
    /// The connection has broken. It is being tried again.
    Broken(String),
}

/// What the threads say.
#[derive(Debug)]
enum Word {
    /// Of the connection of this number, as the next two.
    Opened(u64, Box<Timeline>),
    Said(u64, News),
    Broken(u64, String),
    Newer(Box<Timeline>),
}

impl Feed {
    /// Watches the timeline of this name, or the newest one and those after it.
    ///
    /// # Errors
    /// There is none, or the server does not answer.
    pub(super) fn start(api: Arc<Api>, context: &Context, name: Option<&str>) -> Result<Self, Failure> {
        let timeline: Timeline = api.typed(api.timeline(context, name)?)?;
        let (tell, words) = sync_channel(WAITING);
        let mut feed = Feed { api, timeline, connection: 0, tell, words, retry: None, pause: RETRY_AFTER.0 };
        if name.is_none() {
            feed.look_for_newer(context.links.clone());
        }
        feed.connect();
        Ok(feed)
    }

    /// The timeline that is watched, as it was told last.
    pub(super) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What happens next, if anything does within `patience`.
    pub(super) fn next(&mut self, patience: Duration) -> Option<Told> {
        let deadline = Instant::now() + patience;
        loop {
            let now = Instant::now();
            if self.retry.is_some_and(|retry| retry <= now) {
                self.connect();
            }
            let until = self.retry.map_or(deadline, |retry| retry.min(deadline));
            match self.words.recv_timeout(until.saturating_duration_since(now)) {
                Ok(word) => {
                    if let Some(told) = self.hear(word) {
                        return Some(told);
                    }
                }
                Err(RecvTimeoutError::Timeout) if until < deadline => {}
                Err(_) => return None,
            }
        }
    }

    fn hear(&mut self, word: Word) -> Option<Told> {
        match word {
            Word::Opened(connection, timeline) if connection == self.connection => {
                self.timeline = *timeline;
                self.pause = RETRY_AFTER.0;
                Some(Told::Anew)
            }
            Word::Said(connection, news) if connection == self.connection => Some(self.said(news)),
            Word::Broken(connection, reason) if connection == self.connection => {
                self.retry = Some(Instant::now() + self.pause);
                self.pause = (self.pause * 2).min(RETRY_AFTER.1);
                Some(Told::Broken(reason))
            }
            Word::Newer(timeline) => {
                self.timeline = *timeline;
                self.connect();
                Some(Told::Moved)
            }
            // Of an earlier connection.
            Word::Opened(..) | Word::Said(..) | Word::Broken(..) => None,
        }
    }

    fn said(&mut self, news: News) -> Told {
        match news {
            News::Timeline(timeline) => {
                self.timeline = *timeline;
                Told::Numbers
            }
            News::Events(events) => Told::Events(events),
            News::Reset => Told::Anew,
        }
    }

    /// Opens a connection; what earlier ones say is not heard any more.
    fn connect(&mut self) {
        self.retry = None;
        self.connection += 1;
        let (api, links, tell) = (self.api.clone(), self.timeline.links.clone(), self.tell.clone());
        let connection = self.connection;
        let listen = move || {
            let reason = listen(&api, &links, connection, &tell);
            // Nobody hears it when the watching has ended.
            let _ = tell.send(Word::Broken(connection, reason));
        };
        if let Err(error) = thread::Builder::new().name("upto-live".to_owned()).spawn(listen) {
            let _ = self.tell.try_send(Word::Broken(connection, error.to_string()));
        }
    }

    fn look_for_newer(&self, context: Links) {
        let (api, tell) = (self.api.clone(), self.tell.clone());
        let watched = self.timeline.name.clone();
        let look = move || look(&api, &context, watched, &tell);
        // Without a thread, this timeline is still watched.
        let _ = thread::Builder::new().name("upto-newer".to_owned()).spawn(look);
    }
}

/// Passes on what the server says until it says nothing more; why that is.
fn listen(api: &Api, timeline: &Links, connection: u64, tell: &SyncSender<Word>) -> String {
    let mut stream = match api.live(timeline) {
        Ok(stream) => stream,
        Err(failure) => return failure.to_string(),
    };
    let mut is_open = false;
    loop {
        let word = match stream.next() {
            // The first thing that it says is the timeline: what happens from now on will be told.
            Ok(News::Timeline(timeline)) if !is_open => {
                is_open = true;
                Word::Opened(connection, timeline)
            }
            Ok(news) => Word::Said(connection, news),
            Err(error) => return error.to_string(),
        };
        if tell.send(word).is_err() {
            return String::new();
        }
    }
}

/// Asks again and again whether a timeline has been opened after the one of this name.
fn look(api: &Api, context: &Links, mut watched: String, tell: &SyncSender<Word>) {
    loop {
        thread::sleep(LOOK_EVERY);
        let newest = api.get(context, "self").and_then(|context| newest(api, &context));
        match newest {
            Ok(timeline) if timeline.name != watched => {
                watched.clone_from(&timeline.name);
                if tell.send(Word::Newer(Box::new(timeline))).is_err() {
                    return;
                }
            }
            // What is wrong with the server is seen where the timeline is watched.
            _ => {}
        }
    }
}

fn newest(api: &Api, context: &Context) -> Result<Timeline, Failure> {
    api.typed(api.timeline(context, None)?)
}
