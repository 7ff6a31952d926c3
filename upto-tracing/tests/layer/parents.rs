//! Whose child a span is: explicit, contextual, or nobody's.

use tracing::{Span, info_span};

use crate::collector::collect;

#[test]
fn spans_nest_in_the_current_span() {
    let seen = collect(|| {
        let _a = info_span!("a").entered();
        let created = info_span!("b");
        let _c = info_span!("c").entered();
        created.in_scope(|| info_span!("d"));
        info_span!("e");
    });
    assert_eq!(seen.paths(), ["a", "a.b", "a.c", "a.b.d", "a.c.e"]);
}

#[test]
fn an_explicit_parent_goes_before_what_is_current() {
    let seen = collect(|| {
        let parent = info_span!("parent");
        let _current = info_span!("current").entered();
        let _guard = upto::event("guard");
        info_span!(parent: &parent, "child").in_scope(|| info_span!("grandchild"));
        info_span!(parent: None::<tracing::Id>, "root").in_scope(|| info_span!("inside"));
        info_span!(parent: &Span::none(), "orphan");
    });
    let expected = [
        "parent",
        "current",
        "current.guard",
        "parent.child",
        "parent.child.grandchild",
        "root",
        "root.inside",
        "orphan",
    ];
    assert_eq!(seen.paths(), expected);
}

#[test]
fn a_parent_that_was_dropped_is_a_parent_still() {
    let seen = collect(|| {
        let parent = info_span!("parent");
        let child = info_span!(parent: &parent, "child");
        drop(parent);
        child.in_scope(|| info_span!("grandchild"));
    });
    assert_eq!(seen.paths(), ["parent", "parent.child", "parent.child.grandchild"]);
    assert!(seen.event("parent").end().time >= seen.event("parent.child").end().time);
}
