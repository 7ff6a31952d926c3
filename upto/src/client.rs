//! The process's client: what events are handed to, and what sends them.

mod flusher;
pub(crate) mod record;
mod socket;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use once_cell::sync::Lazy;

use self::flusher::{Bell, Flusher};
use self::record::{Record, Span};
use crate::current::Node;
use crate::error::InitError;
use crate::event::now;
use crate::settings::Settings;
use crate::stats::Stats;
use crate::wire::{Kind, limits};

/// The one client. Read under the lock only when `GENERATION` says that it changed.
static CLIENT: Lazy<RwLock<Option<Arc<Client>>>> = Lazy::new(RwLock::default);
/// 0 while there is no client; otherwise another number for each.
static GENERATION: AtomicU64 = AtomicU64::new(0);
static CLIENTS_STARTED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The client as this thread saw it last, so that starting an event takes no lock.
    static SEEN: RefCell<(u64, Option<Arc<Client>>)> = const { RefCell::new((0, None)) };
}

/// True if events are sent. The only thing an annotation does when they are not.
#[inline]
pub fn is_active() -> bool {
    GENERATION.load(Ordering::Relaxed) != 0
}

/// The client, if events are sent.
pub(crate) fn active() -> Option<Arc<Client>> {
    let generation = GENERATION.load(Ordering::Acquire);
    if generation == 0 {
        return None;
    }
    SEEN.try_with(|seen| {
        let mut seen = seen.try_borrow_mut().ok()?;
        if seen.0 != generation {
            *seen = (generation, CLIENT.read().unwrap_or_else(PoisonError::into_inner).clone());
        }
        seen.1.clone()
    })
    .ok()
    .flatten()
}

pub(crate) fn new_timeline(name: &str) {
    if let Some(client) = active() {
        client.open_timeline(name);
    }
}

/// Sends events to a server. A process has one, made by [`init`](crate::init) or by a
/// [`ClientBuilder`].
#[derive(Debug)]
pub struct Client {
    queue: SyncSender<Record>,
    bell: Arc<Bell>,
    counters: Arc<Counters>,
    root: RwLock<Arc<Node>>,
    id_base: u64,
    ids: AtomicU64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    sent: AtomicU64,
    packets: AtomicU64,
    queue_full: AtomicU64,
    name: AtomicU64,
    unsent: AtomicU64,
    refused: AtomicU64,
}

impl Counters {
    fn dropped(&self) -> u64 {
        [&self.queue_full, &self.name, &self.unsent]
            .into_iter()
            .map(|counter| counter.load(Ordering::Relaxed))
            .sum()
    }
}

impl Client {
    /// A client to be told where to send to.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { settings: Settings::default() }
    }

    /// True while the process has a client, so that events are sent: for what is expensive to find out about an
    /// event. Costs about a nanosecond.
    #[inline]
    #[must_use]
    pub fn is_active() -> bool {
        is_active()
    }

    /// What the process's client has counted; `None` while there is none.
    #[must_use]
    pub fn stats() -> Option<Stats> {
        let counters = &active()?.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Some(Stats {
            sent: read(&counters.sent),
            packets: read(&counters.packets),
            dropped_queue_full: read(&counters.queue_full),
            dropped_name: read(&counters.name),
            dropped_unsent: read(&counters.unsent),
            refused: read(&counters.refused),
        })
    }

    /// Queues a record, or counts it as dropped. Never blocks.
    pub(crate) fn send(&self, record: Record) {
        match self.queue.try_send(record) {
            Ok(()) => self.bell.ring_if_idle(),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.counters.queue_full.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn refuse_name(&self) {
        self.counters.name.fetch_add(1, Ordering::Relaxed);
    }

    /// An id that no other event has, of this or of another process.
    pub(crate) fn next_id(&self) -> u64 {
        self.id_base + self.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What events without a parent are part of.
    pub(crate) fn root(&self) -> Arc<Node> {
        self.root.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn open_timeline(&self, name: &str) {
        if name.len() > limits::NAME_BYTES {
            return self.refuse_name();
        }
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        *root = Arc::new(Node::new(root.path.clone(), root.context.clone(), name.into(), root.host.clone()));
        self.send(Record::new(Kind::New, Span { node: root.clone(), id: 0 }, now()));
    }
}

/// Settings of a client that is not yet started. Each overrides the environment's, if that was read.
#[derive(Clone, Debug)]
#[must_use = "a client starts with `init`"]
pub struct ClientBuilder {
    settings: Settings,
}

impl ClientBuilder {
    /// Takes what the `UPTO_*` variables say; see [`init`](crate::init).
    ///
    /// # Errors
    /// [`InitError::Setting`] when one does not parse.
    pub fn from_env(mut self) -> Result<Self, InitError> {
        self.settings = Settings::from_variables(|name| std::env::var(name).ok())?;
        Ok(self)
    }

    /// Where to send to: `host:port`; without a port, 8123.
    ///
    /// # Errors
    /// [`InitError::Setting`] when it does not parse. Whether it resolves is found out later, and again
    /// and again: a network may come up after the program.
    pub fn server(mut self, server: &str) -> Result<Self, InitError> {
        self.settings.set_server("server", server)?;
        Ok(self)
    }

    /// The context of events that name none of their own.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.settings.context = context.into();
        self
    }

    /// The timeline of events that name none; `""`: the context's active one.
    pub fn timeline(mut self, timeline: impl Into<String>) -> Self {
        self.settings.timeline = timeline.into();
        self
    }

    /// The host of events that name none; `"auto"`: this machine's name.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.settings.host = host.into();
        self
    }

    /// The path of the event that this process is part of.
    pub fn parent(mut self, path: impl Into<String>) -> Self {
        self.settings.parent = path.into();
        self
    }

    /// Bytes of a packet at most: 512 to 65,507, by default 1,400.
    pub fn packet_bytes(mut self, bytes: usize) -> Self {
        self.settings.packet_bytes = bytes;
        self
    }

    /// Messages that may wait to be sent, by default 8,192. What comes on top is dropped and counted.
    pub fn queue_messages(mut self, messages: usize) -> Self {
        self.settings.queue_messages = messages;
        self
    }

    /// How long dropping the guard may wait for what is queued, by default 500 ms.
    pub fn flush_deadline(mut self, deadline: Duration) -> Self {
        self.settings.flush_deadline = deadline;
        self
    }

    /// Starts the client and makes it the process's one.
    ///
    /// # Errors
    /// As [`init`](crate::init).
    pub fn init(self) -> Result<Guard, InitError> {
        let settings = self.settings.checked()?;
        let mut slot = CLIENT.write().unwrap_or_else(PoisonError::into_inner);
        if slot.is_some() {
            return Err(InitError::AlreadyRunning);
        }
        if !settings.enabled {
            return Ok(Guard { bell: None, deadline: Duration::ZERO });
        }
        let client = start(&settings)?;
        let bell = Some(client.bell.clone());
        *slot = Some(Arc::new(client));
        GENERATION.store(CLIENTS_STARTED.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Release);
        Ok(Guard { bell, deadline: settings.flush_deadline })
    }
}

fn start(settings: &Settings) -> Result<Client, InitError> {
    let (queue, records) = sync_channel(settings.queue_messages);
    let (bell, counters) = (Arc::new(Bell::default()), Arc::new(Counters::default()));
    // Ids stay below 2^53, where every language's numbers are exact, and leave 2^32 for this process.
    let id_base = random() >> 11 & !0xffff_ffff;
    Flusher::new(settings, records, bell.clone(), counters.clone(), random(), id_base)
        .spawn()
        .map_err(InitError::Thread)?;
    let root = Node::new(
        settings.parent.as_str().into(),
        settings.context.as_str().into(),
        settings.timeline.as_str().into(),
        settings.host.as_str().into(),
    );
    Ok(Client { queue, bell, counters, root: RwLock::new(Arc::new(root)), id_base, ids: AtomicU64::new(0) })
}

/// 64 bits that differ from process to process and from call to call: the standard library seeds its
/// hasher from the system's random source.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::process::id(), now()))
}

/// Keeps the client running. Dropping it sends what is queued, for at most the flush deadline, and
/// ends the client.
#[derive(Debug)]
#[must_use = "dropping the guard ends the client"]
pub struct Guard {
    bell: Option<Arc<Bell>>,
    deadline: Duration,
}

impl Guard {
    /// Waits until what has been queued so far has left; false if `deadline` came first.
    pub fn flush(&self, deadline: Duration) -> bool {
        self.bell.as_ref().is_none_or(|bell| bell.flush(deadline))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(bell) = self.bell.take() else { return };
        GENERATION.store(0, Ordering::Release);
        *CLIENT.write().unwrap_or_else(PoisonError::into_inner) = None;
        bell.close(self.deadline);
    }
}
