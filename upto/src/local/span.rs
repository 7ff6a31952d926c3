//! What a thread does for spans: usually a slot, a record, and a place on the small stack of entered spans.

use std::borrow::Cow;

use super::Local;
use super::queue::stay_informed;
use super::write::send_end;
use crate::client;
use crate::clock::cycles;
use crate::current::{self, Scope};
use crate::path::{Given, Node, NodeRef, child, counted_child};
use crate::record::{self, END_WORDS, Outcome, START_WORDS, Time};
use crate::ring::Room;
use crate::span::{
    BEGAN_IN_PANIC, Block, Entered, EnteredSpan, Filling, Kept, LATE, Site, Slot, Spans, take_late,
};
use crate::state::{self, State};
use crate::value::Value;
use crate::wire::{Kind, limits};

/// Words of a start with one attribute that is a number or the like.
const SCALAR_WORDS: usize = 4;

/// Starts the event of a span below the current one; see [`Spans::start`].
#[inline]
pub(crate) fn start_span(spans: &Spans, id: u64, site: &'static Site) -> u64 {
    let state = state::now();
    if state.is_off() {
        return 0;
    }
    let at_once = Local::with(|local| {
        let (node, slot) = local.place_at_once(state, spans, id, site, START_WORDS)?;
        let started = cycles::now();
        let number = local.producer.write(record::start_header(node), [started]);
        local.fill(spans, slot, id, &spans.filling(node, site, started, number))
    });
    at_once.unwrap_or_else(|| start_span_below(spans, id, site, &super::current(), &[]))
}

/// Likewise, with the values of the site's keys.
#[inline]
pub(crate) fn start_span_with(spans: &Spans, id: u64, site: &'static Site, values: &[Value]) -> u64 {
    let state = state::now();
    if state.is_off() {
        return 0;
    }
    let at_once = Local::with(|local| {
        let (node, slot) = local.place_at_once(state, spans, id, site, SCALAR_WORDS)?;
        let scalar = if let [value] = values { record::scalar(value) } else { None };
        let (started, number) = if let Some((kind, word)) = scalar {
            let (header, started) = (record::start_with_header(node, SCALAR_WORDS), cycles::now());
            (started, local.producer.write(header, [started, kind, word]))
        } else {
            local.push_start(state, &NodeRef::Static(node), values)
        };
        local.fill(spans, slot, id, &spans.filling(node, site, started, number))
    });
    at_once.unwrap_or_else(|| start_span_below(spans, id, site, &super::current(), values))
}

/// Starts the event of a span below `above`, with the values of the site's keys.
pub(crate) fn start_span_below(
    spans: &Spans,
    id: u64,
    site: &'static Site,
    above: &NodeRef,
    values: &[Value],
) -> u64 {
    let state = state::now();
    if state.is_off() {
        return 0;
    }
    let Some(node) = site.call_site.below(above) else {
        client::refuse_name(Kind::Start);
        return 0;
    };
    let Some(place) = spans.place_for(id, &node) else {
        super::count_unrecorded_event();
        return 0;
    };
    let state_of_span = spans.initial_state();
    let (started, number) = Local::with(|local| local.push_start(state, &node, values));
    spans.keep(id, Kept { node, site, started, number, key: 0, state: state_of_span }, place)
}

/// The node `name` below `above`, with what it is given, for an event or a point; `None`, counted: a name is over its
/// limit.
pub(crate) fn node_below(
    kind: Kind,
    above: &NodeRef,
    name: Cow<'static, str>,
    given: &Given,
) -> Option<NodeRef> {
    if state::now().is_off() {
        return None;
    }
    let node = match given.is_nothing() {
        true => child(above, &name, &[]),
        false if has_long_name(given) => None,
        false => counted_child(above, name, &[], given),
    };
    if node.is_none() {
        client::refuse_name(kind);
    }
    node
}

fn has_long_name(given: &Given) -> bool {
    let Given { context, timeline, host } = given;
    [context, timeline, host].into_iter().flatten().any(|name| name.len() > limits::NAME_BYTES)
}

/// Keeps a span in a slot of this thread; its number. `None`: it can't be.
pub(crate) fn keep_span(spans: &Spans, id: u64, kept: &Kept) -> Option<u64> {
    let NodeRef::Static(node) = &kept.node else { return None };
    Local::with(|local| {
        let slot = local.free_slot(spans, id)?;
        let Kept { site, started, number, state, .. } = *kept;
        local.fill(spans, slot, id, &Filling { state, ..spans.filling(node, site, started, number) })
    })
}

/// True if this thread has a slot for a span of this node.
pub(crate) fn has_slot(spans: &Spans, id: u64, node: &NodeRef) -> bool {
    matches!(node, NodeRef::Static(_)) && Local::with(|local| local.free_slot(spans, id).is_some())
}

/// A span is entered on this thread.
#[inline]
pub(crate) fn enter_span(spans: &Spans, id: u64) {
    if state::now().is_off() {
        return;
    }
    let is_done = Local::with(|local| {
        let Some(slot) = spans.find_slot(id) else { return false };
        let Some(node) = slot.node() else { return false };
        local.enter_at_once(spans.known_domain(), id, slot.key(), node)
    });
    if !is_done {
        enter_anyhow(spans, id);
    }
}

#[cold]
#[inline(never)]
fn enter_anyhow(spans: &Spans, id: u64) {
    if let Some(Kept { node, key, number, .. }) = spans.find(id) {
        current::enter_of(spans.known_domain(), Scope { node, key, id: number });
    }
}

/// The latest [`enter_span`] is taken back: even if the client has ended since, lest it is current for the next one.
#[inline]
pub(crate) fn exit_span(spans: &Spans, id: u64) {
    let is_done = Local::with(|local| local.exit_at_once(spans.known_domain(), id));
    if !is_done {
        exit_anyhow(spans, id);
    }
}

#[cold]
#[inline(never)]
fn exit_anyhow(spans: &Spans, id: u64) {
    if super::has_frames()
        && let Some(kept) = spans.find(id)
    {
        current::exit(kept.key);
    }
}

/// The event of a span ends, which may be kept in `slot`.
#[inline]
pub(crate) fn end_span(spans: &Spans, id: u64, slot: Option<&'static Slot>) {
    let state = state::now();
    if state.is_off() {
        return forget_span(spans, id);
    }
    let ended = cycles::now();
    let is_done = Local::with(|local| {
        let slot = slot.filter(|slot| local.may_end_at_once(state, slot));
        slot.is_some_and(|slot| local.end_at_once(slot, ended))
    });
    if !is_done {
        end_anyhow(spans, id, ended);
    }
}

/// While nothing is sent.
#[cold]
#[inline(never)]
fn forget_span(spans: &Spans, id: u64) {
    if let Some(kept) = spans.take(id) {
        current::end(kept.key);
        kept.forget_late();
    }
}

#[cold]
#[inline(never)]
fn end_anyhow(spans: &Spans, id: u64, ended: u64) {
    let Some(Kept { node, started, number, key, state, .. }) = spans.take_ended(id) else { return };
    current::end(key);
    // What a destructor does while a panic unwinds is not what panicked.
    let has_panicked = std::thread::panicking() && state & BEGAN_IN_PANIC == 0;
    if state & LATE == 0 {
        let outcome = if has_panicked { Outcome::Panicked } else { Outcome::Done };
        return super::record_end(node, outcome, Time::Cycles(started), ended, number);
    }
    let mut late = take_late(key);
    if has_panicked {
        late.mark_panicked();
    }
    let ending = late.into_ending();
    match number {
        0 => super::count_unrecorded_end(),
        number => send_end(ending.message(node, number, Time::Cycles(started), ended)),
    }
}

/// The keys of the spans that are entered on this thread, the innermost first. Those of other scopes may be among them.
pub(crate) fn entered_spans() -> Vec<u64> {
    Local::with(|local| {
        let mut keys: Vec<u64> = local.entered.iter().rev().map(|span| span.key).collect();
        if let Ok(stack) = local.stack.try_borrow() {
            keys.extend(stack.entered_keys());
        }
        keys
    })
}

impl Local {
    /// This thread's slots for spans like this, which it gets when it first asks for them. Those that it has for others,
    /// of another kind of subscriber, it gives up for them.
    fn block_for(&self, spans: &Spans, id: u64) -> Option<&'static Block> {
        let is_for_it =
            |block: &&Block| if spans.has_own_ids() { block.is_for_keys() } else { block.is_home_of(id) };
        if let Some(block) = self.block.get().filter(is_for_it) {
            return Some(block);
        }
        stay_informed();
        if self.is_departing.get() {
            return None;
        }
        let block = if spans.has_own_ids() { Block::claim() } else { Block::claim_home(id) }?;
        self.give_up_block();
        self.block.set(Some(block));
        Some(block)
    }

    /// A free slot for a span, for which room is made if it can be.
    fn free_slot(&self, spans: &Spans, id: u64) -> Option<&'static Slot> {
        let block = self.block_for(spans, id)?;
        let free_slot = || if spans.has_own_ids() { block.next_slot() } else { block.free_slot(id) };
        free_slot().or_else(|| if block.grow() { free_slot() } else { None })
    }

    /// The thread ends.
    pub(super) fn give_up_block(&self) {
        if let Some(block) = self.block.take() {
            block.give_up();
        }
    }

    /// The node and a free slot for a span, if they are at hand, and a record of `words` can be written at once.
    #[inline(always)]
    fn place_at_once(
        &self,
        state: State,
        spans: &Spans,
        id: u64,
        site: &'static Site,
        words: usize,
    ) -> Option<(&'static Node, &'static Slot)> {
        let block = self.block.get()?;
        let node = self.child_at_once(state, &site.call_site, words)?;
        let slot = if spans.has_own_ids() { block.next_slot() } else { block.free_slot(id) }?;
        (spans.known_domain() != 0).then_some((node, slot))
    }

    #[inline(always)]
    fn fill(&self, spans: &Spans, slot: &'static Slot, id: u64, filling: &Filling) -> Option<u64> {
        let id = if spans.has_own_ids() { 0 } else { id };
        Some(self.block.get()?.fill(slot, id, filling))
    }

    /// Records the start of a span: when, and its number, 0 if there was no room.
    fn push_start(&self, state: State, node: &NodeRef, values: &[Value]) -> (u64, u64) {
        let started = cycles::now();
        (started, self.push_start_of(state, node, started, values).unwrap_or(0))
    }

    /// Makes `node` current, if that is all there is to do.
    #[inline(always)]
    fn enter_at_once(&self, domain: u64, id: u64, key: u64, node: &'static Node) -> bool {
        let Some(before) = self.current.get() else { return false };
        let is_usual = !before.needs_attention() && !current::has_left();
        if !is_usual || !self.entered.push(EnteredSpan { domain, id, key, node, before }) {
            return false;
        }
        self.current.set(Some(node));
        true
    }

    #[inline(always)]
    fn exit_at_once(&self, domain: u64, id: u64) -> bool {
        let Some(last) = self.entered.last() else { return false };
        let is_last = last.id == id && last.domain == domain;
        if !is_last || !self.current.get().is_some_and(|current| std::ptr::eq(current, last.node)) {
            return false;
        }
        self.entered.pop();
        self.current.set(Some(last.before));
        true
    }

    #[inline(always)]
    fn may_end_at_once(&self, state: State, slot: &Slot) -> bool {
        slot.is_plain()
            && slot.number() != 0
            && self.state.get() == state
            && self.producer.has_room(END_WORDS, Room::Reserved)
            && !std::thread::panicking()
            && !self.is_entered(slot.key())
    }

    /// True if a span is entered here, or has left something to be entered with again.
    #[inline(always)]
    fn is_entered(&self, key: u64) -> bool {
        current::has_left()
            || self.entered.iter().any(|span| span.key == key)
            || self.stack.try_borrow().map_or(true, |stack| !stack.is_empty() && stack.has_entered(key))
    }

    #[inline(always)]
    fn end_at_once(&self, slot: &Slot, ended: u64) -> bool {
        let Some(node) = slot.node() else { return false };
        let header = record::end_header(node, Outcome::Done);
        self.producer.write(header, [ended, slot.started(), slot.number()]);
        slot.free();
        true
    }
}

impl Entered {
    /// Moves everything onto the stack.
    pub(super) fn spill(&self, stack: &mut current::Stack) {
        for EnteredSpan { domain, key, node, before, .. } in self.drain() {
            stack.push_entered(domain, key, NodeRef::Static(node), NodeRef::Static(before));
        }
    }
}
