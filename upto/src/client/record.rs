//! What is queued: a message that still shares its names with its event.

use std::borrow::Cow;
use std::sync::Arc;

use crate::current::Node;
use crate::value::Value;
use crate::wire::{self, Kind, Message, Status};

/// Which event a record is of.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) node: Arc<Node>,
    pub(crate) id: u64,
}

/// A message on its way from the calling thread to the flusher.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    pub(crate) time: i64,
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) attributes: Vec<(Cow<'static, str>, Value)>,
    /// Something was left out: attributes, or a part of the text.
    pub(crate) truncated: bool,
}

impl Record {
    /// A record that tells no more than this.
    pub(crate) fn new(kind: Kind, span: Span, time: i64) -> Self {
        Record {
            kind,
            span,
            time,
            started: None,
            status: Status::Ok,
            text: String::new(),
            attributes: Vec::new(),
            truncated: false,
        }
    }

    /// The record as the wire format has it, with its attributes.
    pub(crate) fn as_wire(&self) -> (Message<'_>, Vec<(&str, wire::Value<'_>)>) {
        let node = &self.span.node;
        let message = Message {
            kind: self.kind,
            context: &node.context,
            timeline: &node.timeline,
            // A new timeline is no event: it has no name and no host.
            name: if self.kind == Kind::New { "" } else { &node.path },
            host: if self.kind == Kind::New { "" } else { &node.host },
            id: self.span.id,
            time: Some(self.time),
            started: self.started,
            status: self.status,
            text: &self.text,
            truncated: self.truncated,
            ..Message::default()
        };
        (message, self.attributes.iter().map(|(key, value)| (key.as_ref(), value.as_wire())).collect())
    }
}
