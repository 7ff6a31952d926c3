//! Messages of a batch that go the same way, one after the other: mostly, all of them.

use upto::wire::{Kind, Message};

/// Messages one after the other of one context and timeline, or that name no timeline; a new timeline is alone.
pub(super) type Run<'b, 'm> = &'b [Message<'m>];

/// All messages, in runs.
pub(super) fn runs<'b, 'm>(messages: &'b [Message<'m>]) -> Vec<Run<'b, 'm>> {
    messages.chunk_by(goes_with).collect()
}

fn goes_with(one: &Message<'_>, next: &Message<'_>) -> bool {
    one.kind != Kind::New
        && next.kind != Kind::New
        && is_same(one.timeline, next.timeline)
        && is_same(one.context, next.context)
}

/// Whether these texts are the same. What a packet says once for all its messages is at one place.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<'m>(kind: Kind, context: &'m str, timeline: &'m str) -> Message<'m> {
        Message { kind, context, timeline, ..Message::default() }
    }

    #[test]
    fn a_run_ends_where_the_way_changes_and_a_new_timeline_is_alone() {
        let (start, end, new) = (Kind::Start, Kind::End, Kind::New);
        let again = "other".to_owned();
        let messages = [
            (start, "c", ""),
            (end, "c", ""),
            (start, "c", "t"),
            (start, "other", "t"),
            (end, &again, "t"),
            (new, "c", ""),
            (new, "c", ""),
            (start, "c", ""),
        ];
        let messages = messages.map(|(kind, context, timeline)| message(kind, context, timeline));
        let lengths: Vec<_> = runs(&messages).into_iter().map(<[_]>::len).collect();
        assert_eq!(lengths, [2, 1, 2, 1, 1, 1]);
        assert!(runs(&[]).is_empty());
    }
}
