//! Events that begin and end in one function.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::Local;
use super::write::record_end;
use crate::clock::cycles;
use crate::current::{Opened, next_key};
use crate::path::{CallSite, Node, NodeRef};
use crate::record::{self, END_WORDS, Outcome, START_WORDS, Time};
use crate::ring::Room;
use crate::state::{self, State};
use crate::value::Value;

/// Words of a start with one attribute that is a number or the like.
const SCALAR_WORDS: usize = 4;

/// Stands for the time of a start that nothing is sent of, but whose event is current.
const UNTIMED: u64 = 1;

/// The event of a function that runs on one thread, or of a scope in one: a guard that does not move.
///
/// It is what the attribute uses, and does less than an [`Event`](crate::Event). What happens while something is sent is
/// in functions of their own, so that little is added to each annotated function, and nothing is in its way
/// while nothing is sent.
#[derive(Debug)]
#[must_use = "the event ends when the guard is dropped: bind it to a name such as `_event`"]
pub struct LocalEvent {
    /// In cycles; 0: nothing is sent of it.
    started: u64,
    /// `None`: the thread's stack has it.
    node: Option<&'static Node>,
    /// The start's number, 0 if it was not recorded; of one that the stack has, the key.
    id: u64,
    /// The number that was the latest before.
    above: u64,
    /// Guards belong to the thread that they were made on.
    _of_this_thread: PhantomData<*const ()>,
}

impl LocalEvent {
    /// An event that does nothing.
    #[inline(always)]
    pub const fn none() -> Self {
        LocalEvent { started: 0, node: None, id: 0, above: 0, _of_this_thread: PhantomData }
    }

    /// Starts an event of `site` below the current one, and makes it the current one.
    #[inline(always)]
    pub fn start(site: &'static CallSite) -> Self {
        let state = state::now();
        if state.is_off() { Self::none() } else { Self::start_now(state, site) }
    }

    #[inline(never)]
    fn start_now(state: State, site: &'static CallSite) -> Self {
        Local::with(|local| {
            let Some(node) = local.child_at_once(state, site, START_WORDS) else {
                return local.start_anyhow(state, site, &[]);
            };
            local.current.set(Some(node));
            let started = cycles::now();
            let id = local.producer.write(record::start_header(node), [started]);
            let above = local.latest.replace(id);
            LocalEvent { started, node: Some(node), id, above, _of_this_thread: PhantomData }
        })
    }

    /// As [`LocalEvent::start`], with the values of the site's keys.
    #[inline(never)]
    pub fn start_with(site: &'static CallSite, values: &[Value]) -> Self {
        let state = state::now();
        if state.is_off() {
            return Self::none();
        }
        Local::with(|local| {
            let scalar = if let [value] = values { record::scalar(value) } else { None };
            let (Some((kind, word)), Some(node)) = (scalar, local.child_at_once(state, site, SCALAR_WORDS))
            else {
                return local.start_anyhow(state, site, values);
            };
            local.current.set(Some(node));
            let header = record::start_with_header(node, SCALAR_WORDS);
            let started = cycles::now();
            let id = local.producer.write(header, [started, kind, word]);
            let above = local.latest.replace(id);
            LocalEvent { started, node: Some(node), id, above, _of_this_thread: PhantomData }
        })
    }

    #[inline(never)]
    fn end(&mut self) {
        if self.id == 0 {
            return self.end_refused();
        }
        let ended = cycles::now();
        let Some(node) = self.node else { return self.end_stacked(ended) };
        Local::with(|local| {
            let is_usual = state::now() == local.state.get()
                && local.producer.has_room(END_WORDS, Room::Reserved)
                && !std::thread::panicking();
            if is_usual {
                let header = record::end_header(node, Outcome::Done);
                local.producer.write(header, [ended, self.started, self.id]);
            } else {
                self.end_anyhow(local, node, ended);
            }
            local.latest.set(self.above);
            local.leave(node);
        });
    }

    /// Counts the end of an event whose start was.
    #[cold]
    #[inline(never)]
    fn end_refused(&self) {
        Local::with(|local| {
            local.count_refused_end();
            local.latest.set(self.above);
            if let Some(node) = self.node {
                local.leave(node);
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn end_anyhow(&self, local: &Local, node: &'static Node, ended: u64) {
        // One that started while a panic unwound is on the stack.
        let outcome = if std::thread::panicking() { Outcome::Panicked } else { Outcome::Done };
        local.push_end(node, outcome, [ended, self.started, self.id]);
    }

    #[cold]
    #[inline(never)]
    fn end_stacked(&self, ended: u64) {
        let closed = Local::with(|local| local.with_stack(|stack, _| stack.close_local(self.id)));
        let Some((node, opened)) = closed.flatten() else { return };
        // What a destructor does while a panic unwinds is not what panicked.
        let has_panicked = std::thread::panicking() && !opened.began_in_panic;
        let outcome = if has_panicked { Outcome::Panicked } else { Outcome::Done };
        record_end(node, outcome, Time::Cycles(self.started), ended, opened.id);
    }
}

impl Drop for LocalEvent {
    #[inline(always)]
    fn drop(&mut self) {
        if self.started != 0 {
            self.end();
        }
    }
}

impl Local {
    /// The node of `site` below the current one, if it is known and a record of `words` can be written at once.
    #[inline(always)]
    pub(super) fn child_at_once(
        &self,
        state: State,
        site: &'static CallSite,
        words: usize,
    ) -> Option<&'static Node> {
        self.usual_child(state, site).filter(|_| self.producer.has_room(words, Room::Open))
    }

    /// The node of `site` below the current one, if nothing is special but that there may be no room.
    #[inline(always)]
    fn usual_child(&self, state: State, site: &'static CallSite) -> Option<&'static Node> {
        let current = self.current.get()?;
        let node = site.latest_below(current)?;
        let is_usual = self.state.get() == state
            && current.attention.load(Ordering::Relaxed) == 0
            && !std::thread::panicking();
        is_usual.then_some(node)
    }

    /// Counts the start of an event for which there is no room, if nothing else is special. Neither it nor its end is
    /// sent, so nobody looks at the time: a thread whose queue is full is slowed down least.
    #[inline]
    fn start_refused(&self, state: State, site: &'static CallSite) -> Option<LocalEvent> {
        let node = self.usual_child(state, site).filter(|_| self.refuse(START_WORDS))?;
        self.current.set(Some(node));
        let above = self.latest.replace(0);
        Some(LocalEvent { started: UNTIMED, node: Some(node), id: 0, above, _of_this_thread: PhantomData })
    }

    /// Starts an event in whatever way it takes.
    #[cold]
    #[inline(never)]
    fn start_anyhow(&self, state: State, site: &'static CallSite, values: &[Value]) -> LocalEvent {
        if let Some(event) = self.start_refused(state, site) {
            return event;
        }
        let began_in_panic = std::thread::panicking();
        let node = site.local_below(&self.current());
        let Some((node, started, id)) = self.start_detached(state, node, values) else {
            return LocalEvent::none();
        };
        let event = |node, id, above| LocalEvent { started, node, id, above, _of_this_thread: PhantomData };
        match (node, self.current.get()) {
            (NodeRef::Static(node), Some(_)) if !began_in_panic => {
                self.current.set(Some(node));
                event(Some(node), id, self.latest.replace(id))
            }
            (node, _) => {
                let key = next_key();
                let opened = Opened { id, began_in_panic };
                self.with_stack(|stack, _| stack.open_local(key, node, opened));
                event(None, key, 0)
            }
        }
    }

    /// `node`'s event has ended here: the one above is current.
    #[inline(always)]
    fn leave(&self, node: &'static Node) {
        match (self.current.get(), node.above()) {
            (Some(current), Some(above)) if std::ptr::eq(current, node) => self.current.set(Some(above)),
            _ => self.leave_anyhow(node),
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_anyhow(&self, node: &'static Node) {
        self.with_stack(|stack, _| stack.leave_node(node));
    }
}
