//! One place in the tree.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use once_cell::race::OnceBox;

use super::table;
use crate::value::ends_in_escape;
use crate::wire::limits;

/// Paths up to this many bytes are kept by their nodes once they were needed. Longer ones, as of deep recursion,
/// would take memory quadratic in the depth.
const KEPT_PATH_BYTES: usize = 512;

/// The node above all: of no event, with an empty path.
pub(crate) static ROOT: Node = Node {
    slot: 0,
    is_local: false,
    above: None,
    counted_above: None,
    name: Cow::Borrowed(""),
    keys: &[],
    path_bytes: 0,
    given: None,
    attention: AtomicU32::new(0),
    stamp: AtomicU64::new(0),
    path: OnceBox::new(),
};

/// A node's name, and its place below another.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it is in the table; 0: nowhere.
    slot: u32,
    is_local: bool,
    above: Option<&'static Node>,
    counted_above: Option<Arc<Node>>,
    name: Cow<'static, str>,
    keys: &'static [&'static str],
    path_bytes: u32,
    given: Option<Box<Given>>,
    /// How many events that were opened here have ended on other threads, unseen by the opening thread so far.
    pub(crate) attention: AtomicU32,
    /// The flusher's: in which packet the path has which number.
    pub(crate) stamp: AtomicU64,
    path: OnceBox<String>,
}

/// What an event was given, or one above it, instead of what the client says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) context: Option<Arc<str>>,
    pub(crate) timeline: Option<Arc<str>>,
    pub(crate) host: Option<Arc<str>>,
}

impl Given {
    pub(crate) fn is_nothing(&self) -> bool {
        self.context.is_none() && self.timeline.is_none() && self.host.is_none()
    }

    /// This, and where it says nothing, what `above` was given.
    fn over(&self, above: Option<&Given>) -> Option<Box<Given>> {
        let inherited = |own: &Option<Arc<str>>, of: fn(&Given) -> &Option<Arc<str>>| {
            own.clone().or_else(|| above.and_then(|above| of(above).clone()))
        };
        let given = Given {
            context: inherited(&self.context, |given| &given.context),
            timeline: inherited(&self.timeline, |given| &given.timeline),
            host: inherited(&self.host, |given| &given.host),
        };
        (!given.is_nothing()).then(|| Box::new(given))
    }
}

/// The root as others are referred to.
pub(crate) fn root() -> NodeRef {
    NodeRef::Static(&ROOT)
}

/// What tells a node of the table from the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) above: &'static Node,
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Its events are of functions that run on one thread. These end in order and have no frame, so that a node of
    /// theirs is current says which of them is: it must not be that of a guard that has one.
    pub(super) is_local: bool,
}

/// The node `name` below `above`: the one that there is for ever, or else a counted one. `None`: the name is
/// empty, or the path over its limit.
// Whether the name is borrowed for ever makes the difference.
#[allow(clippy::ptr_arg)]
pub(crate) fn child(
    above: &NodeRef,
    name: &Cow<'static, str>,
    keys: &'static [&'static str],
) -> Option<NodeRef> {
    match name {
        Cow::Borrowed(name) => static_child(above, name, keys, false),
        Cow::Owned(_) => counted_child(above, name.clone(), keys, &Given::default()),
    }
}

/// As [`child`], of a name that lives for ever.
pub(super) fn static_child(
    above: &NodeRef,
    name: &'static str,
    keys: &'static [&'static str],
    is_local: bool,
) -> Option<NodeRef> {
    if ends_in_escape(name) {
        return counted_child(above, name.into(), keys, &Given::default());
    }
    let path_bytes = path_bytes(above, name)?;
    if let NodeRef::Static(above) = above {
        let identity = Identity { above, name, keys, is_local };
        let make = |slot| Node::of(slot, &identity, path_bytes);
        if let Some(node) = table::find_or_insert(&identity, make) {
            return Some(NodeRef::Static(node));
        }
    }
    counted_child(above, name.into(), keys, &Given::default())
}

/// A counted node below `above`, with what it is given.
pub(crate) fn counted_child(
    above: &NodeRef,
    name: Cow<'static, str>,
    keys: &'static [&'static str],
    given: &Given,
) -> Option<NodeRef> {
    let name = if ends_in_escape(&name) { Cow::Owned(name.into_owned() + r"\") } else { name };
    let path_bytes = path_bytes(above, &name)?;
    let (above_static, counted_above) = match above {
        NodeRef::Static(above) => (Some(*above), None),
        NodeRef::Counted(above) => (None, Some(above.clone())),
    };
    Some(NodeRef::Counted(Arc::new(Node {
        slot: 0,
        is_local: false,
        above: above_static,
        counted_above,
        name,
        keys,
        path_bytes,
        given: given.over(above.given()),
        attention: AtomicU32::new(0),
        stamp: AtomicU64::new(0),
        path: OnceBox::new(),
    })))
}

fn path_bytes(above: &Node, name: &str) -> Option<u32> {
    let dot = usize::from(above.path_bytes > 0);
    let bytes = above.path_bytes as usize + dot + name.len();
    let fits = !name.is_empty() && bytes <= limits::NAME_BYTES;
    u32::try_from(bytes).ok().filter(|_| fits)
}

impl Node {
    fn of(slot: u32, identity: &Identity, path_bytes: u32) -> Self {
        let Identity { above, name, keys, is_local } = *identity;
        Node {
            slot,
            is_local,
            above: Some(above),
            counted_above: None,
            name: Cow::Borrowed(name),
            keys,
            path_bytes,
            // What lives for ever is below what lives for ever, which is given nothing.
            given: None,
            attention: AtomicU32::new(0),
            stamp: AtomicU64::new(0),
            path: OnceBox::new(),
        }
    }

    #[inline(always)]
    pub(super) fn is_right_below(&self, above: &'static Node) -> bool {
        self.above.is_some_and(|own| std::ptr::eq(own, above))
    }

    /// True if guards have ended elsewhere: see `attention`.
    #[inline(always)]
    pub(crate) fn needs_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed) != 0
    }

    /// Where the table has it.
    #[inline(always)]
    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    /// The node above; `None` for the root, and for counted nodes below counted ones.
    #[inline(always)]
    pub(crate) fn above(&self) -> Option<&'static Node> {
        self.above
    }

    /// The node above, of whichever kind; the root's is itself.
    pub(crate) fn parent(&self) -> NodeRef {
        match &self.counted_above {
            Some(above) => NodeRef::Counted(above.clone()),
            None => NodeRef::Static(self.above.unwrap_or(&ROOT)),
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.path_bytes == 0
    }

    pub(crate) fn keys(&self) -> &'static [&'static str] {
        self.keys
    }

    pub(crate) fn given(&self) -> Option<&Given> {
        self.given.as_deref()
    }

    /// Bytes that the names of this node and of those above take.
    fn name_bytes(&self) -> usize {
        // A name may have more memory than it needs.
        let own = if let Cow::Owned(name) = &self.name { name.capacity() } else { 0 };
        own.max(self.path_bytes as usize)
    }

    fn given_bytes(&self) -> usize {
        let Some(Given { context, timeline, host }) = self.given() else { return 0 };
        let names = [context, timeline, host].into_iter().flatten().map(|name| name.len());
        size_of::<Given>() + names.sum::<usize>()
    }

    pub(super) fn is_of(&self, identity: &Identity) -> bool {
        let Identity { above, name, keys, is_local } = *identity;
        let is_name = matches!(self.name, Cow::Borrowed(own) if std::ptr::eq(own, name));
        is_name && self.is_right_below(above) && std::ptr::eq(self.keys, keys) && self.is_local == is_local
    }

    /// True if the path is so short that its text is kept.
    pub(crate) fn has_short_path(&self) -> bool {
        self.path_bytes as usize <= KEPT_PATH_BYTES
    }

    /// The path's text. Long ones are put together in `long`.
    pub(crate) fn path<'n>(&'n self, long: &'n mut LongPath) -> &'n str {
        if self.has_short_path() {
            return self.path.get_or_init(|| Box::new(self.compose()));
        }
        long.become_path_of(self)
    }

    /// Where it is, if it stays there.
    fn address(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(std::ptr::from_ref(self).addr()).filter(|_| self.slot != 0)
    }

    /// Filled from its end, as each node knows the one above.
    fn compose(&self) -> String {
        let mut path = vec![b'.'; self.path_bytes as usize];
        let (mut node, mut end) = (self, path.len());
        while !node.is_root() {
            let start = end.saturating_sub(node.name.len());
            path[start..end].copy_from_slice(node.name.as_bytes());
            end = start.saturating_sub(1);
            node = node.counted_above.as_deref().or(node.above).unwrap_or(&ROOT);
        }
        // Made of texts, with dots between.
        String::from_utf8(path).unwrap_or_default()
    }
}

/// The text of a path too long to be kept by its node, one after the other. Deep recursion goes from a node to one right
/// below or above it: then little changes.
#[derive(Debug, Default)]
pub(crate) struct LongPath {
    text: String,
    /// The node that it is of, and the one above that.
    of: Option<NonZeroUsize>,
    above: Option<NonZeroUsize>,
}

impl LongPath {
    fn become_path_of(&mut self, node: &Node) -> &str {
        let (of, above) = (node.address(), node.above.and_then(Node::address));
        if of.is_some() && of == self.above {
            self.text.truncate(node.path_bytes as usize);
        } else if above.is_some() && above == self.of {
            self.text.push('.');
            self.text.push_str(&node.name);
        } else if of.is_none() || of != self.of {
            self.text = node.compose();
        }
        (self.of, self.above) = (of, above);
        &self.text
    }
}

impl Drop for Node {
    /// The nodes above go one after the other: dropped within one another, thousands would overflow the stack.
    fn drop(&mut self) {
        let mut above = self.counted_above.take();
        while let Some(mut node) = above.and_then(Arc::into_inner) {
            above = node.counted_above.take();
        }
    }
}

/// A node that one may keep.
#[derive(Clone, Debug)]
pub(crate) enum NodeRef {
    /// Of the table, or the root.
    Static(&'static Node),
    /// One that goes when nobody keeps it.
    Counted(Arc<Node>),
}

impl NodeRef {
    pub(crate) fn is(&self, other: &Node) -> bool {
        std::ptr::eq(&raw const **self, other)
    }

    /// About how many bytes this keeps from being freed: names above that nobody else keeps, too.
    pub(crate) fn kept_bytes(&self) -> usize {
        match self {
            NodeRef::Static(_) => 0,
            NodeRef::Counted(node) => size_of::<Node>() + node.name_bytes() + node.given_bytes(),
        }
    }

    /// The path's text.
    pub(crate) fn to_path(&self) -> String {
        self.path(&mut LongPath::default()).to_owned()
    }
}

impl Deref for NodeRef {
    type Target = Node;

    fn deref(&self) -> &Node {
        match self {
            NodeRef::Static(node) => node,
            NodeRef::Counted(node) => node,
        }
    }
}
