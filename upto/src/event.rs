//! The guard of an event, its builder, and points.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::client::record::{Record, Span};
use crate::client::{self, Client};
use crate::current::{Node, Scope};
use crate::value::{Captured, Value, captured};
use crate::wire::{Kind, Status, limits};

/// Starts an event: a task that lasts until the guard that this returns is dropped.
///
/// `name` is a path below the current event's: `"a.b"` are two levels, and a dot within a level is
/// escaped ([`escape`](crate::escape)). What starts on this thread while the guard lives is nested
/// under it.
///
/// **In async code**, a guard that lives across an `.await` belongs to its task only if the future is run as a
/// task of its own: by `#[upto::event]` on the `async` function, by
/// [`in_current_event`](crate::InstrumentExt::in_current_event), or by a span that instruments it and that
/// `upto-tracing` sees. In any other future the guard stays with the thread while the task is suspended, so that
/// whatever else the thread runs meanwhile, other tasks too, is nested under it.
///
/// Never blocks and never fails: without a client, the guard does nothing.
///
/// ```
/// let event = upto::event("compile");
/// event.attr("files", 3);
/// if let Err(error) = std::fs::read("input.c") {
///     event.fail(error);
/// }
/// ```
#[must_use = "the event ends when the guard is dropped"]
pub fn event(name: impl Into<Cow<'static, str>>) -> Event {
    Event::builder(name).start()
}

/// Tells that something happened at this instant.
///
/// It is sent when the returned value is dropped, so attributes can be added:
/// `upto::point("cache.miss").attr("key", 7);`
pub fn point(name: impl Into<Cow<'static, str>>) -> Point {
    let builder = Event::builder(name);
    Point(RefCell::new(builder.client.is_some().then_some(builder)))
}

/// An event that is open. It ends when this is dropped: failed if a panic drops it, cancelled if it
/// belongs to a future that is dropped before it is done.
#[derive(Debug)]
#[must_use = "the event ends when the guard is dropped"]
pub struct Event(Option<Box<Active>>);

#[derive(Debug)]
struct Active {
    client: Arc<Client>,
    scope: Scope,
    id: u64,
    started: i64,
    clock: Instant,
    began_in_panic: bool,
    ending: RefCell<Ending>,
}

#[derive(Debug, Default)]
struct Ending {
    status: Status,
    text: String,
    attributes: Vec<(Cow<'static, str>, Value)>,
    truncated: bool,
}

impl Event {
    /// An event with more than a name, not yet started.
    pub fn builder(name: impl Into<Cow<'static, str>>) -> EventBuilder {
        EventBuilder {
            client: client::active(),
            name: name.into(),
            parent: None,
            is_root: false,
            context: None,
            timeline: None,
            host: None,
            attributes: Vec::new(),
            truncated: false,
        }
    }

    /// An event that does nothing.
    pub fn none() -> Event {
        Event(None)
    }

    /// Adds an attribute, or replaces the one of this key. It is sent with the end. An event has at most
    /// 128; what comes on top is left out, and the event marked as truncated.
    pub fn attr(&self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> &Self {
        if let Some(active) = &self.0 {
            let (key, value) = (key.into(), value.into());
            let mut ending = active.ending.borrow_mut();
            ending.attributes.retain(|(other, _)| *other != key);
            if ending.attributes.len() < limits::ATTRIBUTES {
                ending.attributes.push((key, value));
            } else {
                ending.truncated = true;
            }
        }
        self
    }

    /// Marks the event failed and says why (cut at 256 bytes). It goes on until it ends.
    pub fn fail(&self, error: impl fmt::Display) -> &Self {
        if self.0.is_some() {
            // Before anything is borrowed: a `Display` may use this very event.
            self.set_status(Status::Failed, captured(format_args!("{error}")));
        }
        self
    }

    /// Ends the event.
    pub fn end(self) {
        drop(self);
    }

    /// Ends the event as given up before it was done.
    pub fn cancel(self) {
        self.mark_cancelled();
    }

    /// As [`Event::cancel`], but it goes on until it ends.
    pub(crate) fn mark_cancelled(&self) {
        self.set_status(Status::Cancelled, Captured::default());
    }

    /// The event as seen by its descendants; `None` if nothing is sent.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.0.as_ref().map(|active| &active.scope)
    }

    fn finish(&mut self) {
        // What a destructor does while a panic unwinds is not what panicked.
        let began_in_panic = self.0.as_ref().is_none_or(|active| active.began_in_panic);
        if std::thread::panicking() && !began_in_panic {
            self.set_status(Status::Failed, captured(format_args!("panicked")));
        }
        if let Some(active) = self.0.take() {
            active.end();
        }
    }

    /// A failure is not taken back by what comes later.
    fn set_status(&self, status: Status, reason: Captured) {
        let Some(active) = &self.0 else { return };
        let mut ending = active.ending.borrow_mut();
        if status > ending.status {
            ending.status = status;
            ending.text = reason.text;
            ending.truncated |= reason.is_cut;
        }
    }
}

impl Drop for Event {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.finish();
        }
    }
}

impl Active {
    fn end(self) {
        self.scope.end();
        let duration = i64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(i64::MAX);
        let Ending { status, text, attributes, truncated } = self.ending.into_inner();
        let (span, time) = (Span { node: self.scope.0, id: self.id }, self.started.saturating_add(duration));
        let started = Some(self.started);
        self.client.send(Record {
            started,
            status,
            text,
            attributes,
            truncated,
            ..Record::new(Kind::End, span, time)
        });
    }
}

/// Everything that can be said of an event before it starts.
#[derive(Clone, Debug)]
#[must_use = "an event starts with `start`"]
pub struct EventBuilder {
    client: Option<Arc<Client>>,
    name: Cow<'static, str>,
    parent: Option<Scope>,
    is_root: bool,
    context: Option<Arc<str>>,
    timeline: Option<Arc<str>>,
    host: Option<Arc<str>>,
    attributes: Vec<(Cow<'static, str>, Value)>,
    truncated: bool,
}

impl EventBuilder {
    /// The context, if it is not the parent's; `""`: the parent's. An event with a context, timeline or host
    /// over 16 KiB is not sent, and counted as [`dropped_name`](crate::Stats::dropped_name).
    pub fn context(mut self, context: impl AsRef<str>) -> Self {
        self.context = Some(context.as_ref()).filter(|context| !context.is_empty()).map(Into::into);
        self
    }

    /// The timeline, if it is not the parent's. Events below this one stay in it,
    /// [`new_timeline`](crate::new_timeline) or not.
    pub fn timeline(mut self, timeline: impl AsRef<str>) -> Self {
        self.timeline = Some(timeline.as_ref().into());
        self
    }

    /// The host, if it is not the parent's.
    pub fn host(mut self, host: impl AsRef<str>) -> Self {
        self.host = Some(host.as_ref().into());
        self
    }

    /// The event that this one is part of, instead of the current one.
    pub fn parent(mut self, parent: Scope) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Part of no event but the process's own `UPTO_PARENT`.
    pub fn root(mut self) -> Self {
        self.is_root = true;
        self
    }

    /// Adds an attribute. It is sent with the start already. What comes on top of 128 is left out, and the
    /// event marked as truncated.
    pub fn attr(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if self.client.is_none() {
            return self;
        }
        if self.attributes.len() < limits::ATTRIBUTES {
            self.attributes.push((key.into(), value.into()));
        } else {
            self.truncated = true;
        }
        self
    }

    /// Starts the event and makes it the current one of this thread or task.
    pub fn start(self) -> Event {
        let event = self.start_detached();
        if let Some(scope) = event.scope() {
            scope.open();
        }
        event
    }

    /// Starts the event without making it current.
    pub fn start_detached(mut self) -> Event {
        let Some((client, node)) = self.resolve() else { return Event(None) };
        let (started, clock) = (now(), Instant::now());
        let id = client.next_id();
        let record = Record::new(Kind::Start, Span { node: node.clone(), id }, started);
        client.send(Record { attributes: self.attributes, truncated: self.truncated, ..record });
        let (scope, ending, began_in_panic) = (Scope(node), RefCell::default(), std::thread::panicking());
        Event(Some(Box::new(Active { client, scope, id, started, clock, began_in_panic, ending })))
    }

    fn send_point(mut self) {
        let Some((client, node)) = self.resolve() else { return };
        let id = client.next_id();
        let record = Record::new(Kind::Point, Span { node, id }, now());
        client.send(Record { attributes: self.attributes, truncated: self.truncated, ..record });
    }

    /// The client and the place below the parent; `None`, counted, where a name is over its limit.
    fn resolve(&mut self) -> Option<(Arc<Client>, Arc<Node>)> {
        let client = self.client.take()?;
        let parent = if self.is_root { None } else { self.parent.take().or_else(Scope::current) };
        let root = client.root();
        let node = self.below(parent.as_ref().map_or(&root, |scope| &scope.0), &root);
        if node.is_none() {
            client.refuse_name();
        }
        Some((client, Arc::new(node?)))
    }

    /// The place below `above`. Its timeline is the client's, which `root` has as it is by now, unless
    /// another was given here or above.
    fn below(&self, above: &Node, root: &Node) -> Option<Node> {
        let given = [&self.context, &self.timeline, &self.host];
        if given.into_iter().flatten().any(|name| name.len() > limits::NAME_BYTES) {
            return None;
        }
        let path = joined(&above.path, &self.name)?;
        let own =
            |given: &Option<Arc<str>>, inherited: &Arc<str>| given.as_ref().unwrap_or(inherited).clone();
        let timeline = if above.has_own_timeline { &above.timeline } else { &root.timeline };
        let mut node = Node::new(
            path,
            own(&self.context, &above.context),
            own(&self.timeline, timeline),
            own(&self.host, &above.host),
        );
        node.has_own_timeline = above.has_own_timeline || self.timeline.is_some();
        Some(node)
    }
}

/// A point that is sent when this is dropped.
#[derive(Debug)]
pub struct Point(RefCell<Option<EventBuilder>>);

impl Point {
    /// Adds an attribute.
    pub fn attr(&self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> &Self {
        let mut builder = self.0.borrow_mut();
        *builder = builder.take().map(|builder| builder.attr(key, value));
        drop(builder);
        self
    }
}

impl Drop for Point {
    fn drop(&mut self) {
        if let Some(builder) = self.0.take() {
            builder.send_point();
        }
    }
}

fn joined(parent: &str, name: &str) -> Option<Arc<str>> {
    let bytes = parent.len() + usize::from(!parent.is_empty()) + name.len();
    match (name.is_empty() || bytes > limits::NAME_BYTES, parent.is_empty()) {
        (true, _) => None,
        (false, true) => Some(name.into()),
        (false, false) => Some([parent, ".", name].concat().into()),
    }
}

/// Wall time in nanoseconds since the epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
