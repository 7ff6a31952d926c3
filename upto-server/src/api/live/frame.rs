//! How server-sent events are written: the WHATWG's HTML standard, section 9.2.

use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;

use crate::api::hal::Nothing;
use crate::live::Position;

/// How long a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);
/// The last thing that a reader is told who is cut off. It has no id: who comes back goes on where they were.
pub(super) const SLOW: &str = "event: slow\ndata: {}\n\n";

/// What is written, one event after the other.
#[derive(Debug, Default)]
pub(in crate::api) struct Frame(Vec<u8>);

impl Frame {
    /// What comes first on every connection.
    pub(in crate::api) fn first() -> Self {
        Frame(format!("retry: {}\n\n", RETRY.as_millis()).into_bytes())
    }

    /// An event; whoever has it was told everything up to `position`.
    pub(in crate::api) fn event(self, position: Position, kind: &str, data: &impl Serialize) -> Self {
        self.id(position).rest(kind, data)
    }

    /// Says that everything has to be fetched again. It is not known what came before that, so whoever is cut off
    /// right behind it is told again.
    pub(in crate::api) fn reset(self) -> Self {
        self.event(Position::NOWHERE, "reset", &Nothing {})
    }

    /// The beginning of an event, whose [`rest`](Self::rest) follows.
    pub(in crate::api) fn id(mut self, position: Position) -> Self {
        self.0.extend_from_slice(format!("id: {position}\n").as_bytes());
        self
    }

    /// An event without its id.
    pub(in crate::api) fn rest(mut self, kind: &str, data: &impl Serialize) -> Self {
        self.0.extend_from_slice(format!("event: {kind}\ndata: ").as_bytes());
        // JSON has no line breaks, so any name can be in it. It can be written: it is made of texts, numbers and maps by
        // text.
        let _ = serde_json::to_writer(&mut self.0, data);
        self.0.extend_from_slice(b"\n\n");
        self
    }

    /// Nothing: a comment, so that nobody between takes the connection for dead, and up to where was told what there was.
    pub(in crate::api) fn alive(position: Position) -> Bytes {
        format!(":\nid: {position}\n\n").into()
    }

    pub(in crate::api) fn bytes(self) -> Bytes {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_few_lines_whatever_is_in_its_data() {
        let here = Position::beginning().at(10);
        let text = Frame::first().reset().event(here, "kind", &["a\r\nid: b\n\n", "\u{2028}"]).bytes();
        let expected = format!(
            "retry: 1000\n\nid: 0-0\nevent: reset\ndata: {{}}\n\nid: {here}\nevent: kind\ndata: [\"a\\r\\nid: b\\n\\n\",\"\u{2028}\"]\n\n"
        );
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }
}
