//! How events of spans start, and points.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use super::{BEGAN_IN_PANIC, Beginning, Filling, Kept, Parent, Site, Spans};
use crate::clock::cycles;
use crate::local;
use crate::path::{Given, Node, NodeRef, root};
use crate::record::{Message, Time};
use crate::ring::Room;
use crate::value::Value;
use crate::wire::{Kind, limits};

impl Spans {
    /// Starts the event of span `id` below the current one. Its number: `id`, or if numbers are given here, one of
    /// its own; 0: nothing is sent of it.
    #[inline]
    pub fn start(&self, id: u64, site: &'static Site) -> u64 {
        if self.is_taken(id) {
            return id;
        }
        local::start_span(self, id, site)
    }

    /// As [`Spans::start`], with the values of all the keys of the site in their order.
    pub fn start_below(&self, id: u64, site: &'static Site, parent: Parent, values: &[Value]) -> u64 {
        if parent == Parent::Current {
            return local::start_span_with(self, id, site, values);
        }
        let above = self.node_of(parent);
        local::start_span_below(self, id, site, &above, values)
    }

    /// As [`Spans::start`], with all that can be said of it.
    pub fn start_with(&self, id: u64, site: &'static Site, parent: Parent, beginning: Beginning) -> u64 {
        let above = self.node_of(parent);
        let given = beginning.given();
        let name = match beginning.name {
            Some(name) => crate::escape(&name).into_owned().into(),
            None => Cow::Borrowed(site.name()),
        };
        let Some(node) = local::node_below(Kind::Start, &above, name, &given) else { return 0 };
        let Some(place) = self.place_for(id, &node) else {
            local::count_unrecorded_event();
            return 0;
        };
        let (started, number) = tell(Kind::Start, node.clone(), beginning.attributes);
        self.keep(id, Kept { node, site, started, number, key: 0, state: self.initial_state() }, place)
    }

    /// Tells that something happened at this instant.
    pub fn point(
        &self,
        name: Cow<'static, str>,
        parent: Parent,
        attributes: Vec<(Cow<'static, str>, Value)>,
    ) {
        let above = self.node_of(parent);
        if let Some(node) = local::node_below(Kind::Point, &above, name, &Given::default()) {
            tell(Kind::Point, node, attributes);
        }
    }

    fn node_of(&self, parent: Parent) -> NodeRef {
        match parent {
            Parent::Current => local::current(),
            Parent::Root => root(),
            Parent::Span(id) => self.find(id).map_or_else(root, |kept| kept.node),
        }
    }

    /// The state of a span with one handle.
    pub(crate) fn initial_state(&self) -> u64 {
        let begins_in_panic = if std::thread::panicking() { BEGAN_IN_PANIC } else { 0 };
        self.first_state.load(Ordering::Relaxed) | begins_in_panic
    }

    /// What goes into the slot of a span with one handle, of which no panic unwinds.
    #[inline(always)]
    pub(crate) fn filling(
        &self,
        node: &'static Node,
        site: &'static Site,
        started: u64,
        number: u64,
    ) -> Filling {
        let (domain, state) = (self.known_domain(), self.first_state.load(Ordering::Relaxed));
        Filling { domain, node, site, started, number, state }
    }
}

/// Records what happens at this instant, with as many attributes as it may have: the time in cycles, and the record's
/// number, 0 if there was no room.
fn tell(kind: Kind, node: NodeRef, mut attributes: Vec<(Cow<'static, str>, Value)>) -> (u64, u64) {
    let truncated = attributes.len() > limits::ATTRIBUTES;
    attributes.truncate(limits::ATTRIBUTES);
    let now = cycles::now();
    let number = if kind == Kind::Start && attributes.is_empty() {
        local::record_start(node, Time::Cycles(now))
    } else {
        let message = Message::new(kind, node, Time::Cycles(now));
        local::send(Message { attributes, truncated, ..message }, Room::Open)
    };
    (now, number.unwrap_or(0))
}
