//! `follows_from` is a link between events.

use tracing::{Span, info_span};

use crate::collector::{collect, collect_from};

fn follow() {
    let (first, second) = (info_span!("first"), info_span!("second"));
    let after = info_span!("after");
    after.follows_from(&first);
    after.follows_from(&second);
    after.follows_from(&first);
    second.follows_from(Span::none());
}

#[test]
fn what_a_span_follows_is_told_with_its_end() {
    for seen in [collect(follow), collect_from(upto_tracing::subscriber(), follow)] {
        assert_eq!(seen.event("after").followed(), [seen.event("first").id, seen.event("second").id]);
        assert!(seen.event("second").followed().is_empty());
    }
}

#[test]
fn what_has_closed_is_no_longer_known() {
    let seen = collect(|| {
        let closed = info_span!("closed");
        let id = closed.id();
        drop(closed);
        info_span!("after").follows_from(id);
    });
    assert!(seen.event("after").followed().is_empty());
}
