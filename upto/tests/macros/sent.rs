//! A client that sends to the test itself, and the events that it sent.

// What is not as it should be here fails the test.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;

use upto::Value;
use upto::wire::{Kind, Status};

use crate::receiver::{Received, Receiver, turn};

/// An event as its marks tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub name: String,
    pub context: String,
    pub host: String,
    pub attributes: BTreeMap<String, Value>,
    pub status: Status,
    pub text: String,
    /// The places of its marks among all that were sent.
    pub start: Option<usize>,
    pub end: Option<usize>,
}

/// Runs `work` while a client sends, and gives the events by their start.
pub(crate) fn sent_by(work: impl FnOnce()) -> Vec<Event> {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    work();
    drop(guard);
    let mut events = Events::default();
    receiver.session().1.into_iter().for_each(|message| events.add(message));
    events.by_start()
}

/// Runs `work` while there is no client.
pub(crate) fn without_client<T>(work: impl FnOnce() -> T) -> T {
    let _turn = turn();
    work()
}

/// The one event of this name.
pub(crate) fn find<'e>(events: &'e [Event], name: &str) -> &'e Event {
    let mut found = events.iter().filter(|event| event.name == name);
    let (first, second) = (found.next(), found.next());
    assert!(second.is_none(), "several {name:?} in {events:#?}");
    first.unwrap_or_else(|| no_event(events, name))
}

#[allow(clippy::panic)]
fn no_event(events: &[Event], name: &str) -> ! {
    panic!("no {name:?} in {events:#?}")
}

impl Event {
    pub(crate) fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    pub(crate) fn keys(&self) -> Vec<&str> {
        self.attributes.keys().map(String::as_str).collect()
    }

    /// Whether this one was open all the while that `other` was.
    pub(crate) fn spans(&self, other: &Event) -> bool {
        self.start < other.start && other.end < self.end && other.end.is_some()
    }
}

#[derive(Default)]
struct Events {
    marks: usize,
    by_id: BTreeMap<u64, Event>,
}

impl Events {
    fn add(&mut self, message: Received) {
        let event = self.by_id.entry(message.id).or_default();
        (event.name, event.context, event.host) = (message.name, message.context, message.host);
        event.attributes.extend(message.attributes);
        match message.kind {
            Kind::Start => event.start = Some(self.marks),
            Kind::End => (event.end, event.status) = (Some(self.marks), message.status),
            Kind::Point | Kind::New | Kind::Pulse | Kind::Cancel | Kind::Log => {}
        }
        event.text = message.text;
        self.marks += 1;
    }

    fn by_start(self) -> Vec<Event> {
        let mut events: Vec<Event> = self.by_id.into_values().collect();
        events.sort_by_key(|event| event.start);
        events
    }
}
