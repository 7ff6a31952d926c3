use std::sync::{Arc, Mutex};

use super::node::static_child;
use super::*;

/// One for each name and for each time that it is asked for.
fn site(name: &'static str) -> &'static CallSite {
    /// So that Miri finds them, and does not take them for leaks.
    static SITES: Mutex<Vec<&CallSite>> = Mutex::new(Vec::new());
    let site = Box::leak(Box::new(CallSite::new(name, &["key"])));
    SITES.lock().expect("no panic").push(site);
    site
}

fn fixed(node: Option<NodeRef>) -> &'static Node {
    match node {
        Some(NodeRef::Static(node)) => node,
        other => panic!("{other:?} is not of the table"),
    }
}

fn counted(above: &NodeRef, name: &str) -> NodeRef {
    child(above, &name.to_owned().into(), &[]).expect("a node")
}

#[test]
fn a_place_below_a_place_is_one_node_for_ever() {
    let site = site("first");
    assert!(site.latest_below(&ROOT).is_none());
    let node = fixed(site.below(&root()));
    assert!(std::ptr::eq(node, fixed(site.below(&root()))));
    assert!(site.latest_below(&ROOT).is_some_and(|latest| std::ptr::eq(latest, node)));
    assert!(by_slot(node.slot()).is_some_and(|found| std::ptr::eq(found, node)));
    assert_eq!((node.keys(), node.above().is_some_and(Node::is_root)), (&["key"][..], true));
}

#[test]
fn other_parents_keys_and_guards_make_other_nodes() {
    static KEYS: [&[&str]; 2] = [&["a"], &["b"]];
    let below = |above: &NodeRef, keys, is_local| fixed(static_child(above, "same", keys, is_local));
    let node = below(&root(), KEYS[0], false);
    assert!(std::ptr::eq(node, below(&root(), KEYS[0], false)));
    for other in [below(&root(), KEYS[1], false), below(&root(), KEYS[0], true)] {
        assert!(!std::ptr::eq(node, other));
    }
    let inner = below(&NodeRef::Static(node), KEYS[0], false);
    assert_eq!(NodeRef::Static(inner).to_path(), "same.same");
}

#[test]
fn the_latest_node_is_found_only_below_its_own_parent() {
    let (outer, inner) = (site("outer"), site("inner"));
    let outer = fixed(outer.below(&root()));
    let node = fixed(inner.below(&NodeRef::Static(outer)));
    assert!(inner.latest_below(&ROOT).is_none());
    assert!(inner.latest_below(outer).is_some_and(|latest| std::ptr::eq(latest, node)));
}

#[test]
fn names_that_were_made_and_what_is_below_them_go_again() {
    let made = counted(&root(), "made");
    let below = child(&made, &"fixed".into(), &[]).expect("a node");
    let NodeRef::Counted(node) = &below else { panic!("it would stay for ever") };
    let gone = Arc::downgrade(node);
    assert_eq!((below.to_path().as_str(), below.parent().to_path().as_str()), ("made.fixed", "made"));
    assert_eq!((below.slot(), below.kept_bytes() > "made.fixed".len()), (0, true));
    drop((made, below));
    assert!(gone.upgrade().is_none());
}

#[test]
fn what_is_given_holds_below_until_something_else_is() {
    let given = |context: &str, host: &str| Given {
        context: Some(context.into()).filter(|_| !context.is_empty()),
        timeline: None,
        host: Some(host.into()).filter(|_| !host.is_empty()),
    };
    let outer = counted_child(&root(), "outer".into(), &[], &given("c", "h")).expect("a node");
    let inner = counted_child(&outer, "inner".into(), &[], &given("", "other")).expect("a node");
    assert_eq!(inner.given(), Some(&given("c", "other")));
    assert_eq!(child(&inner, &"leaf".into(), &[]).expect("a node").given(), Some(&given("c", "other")));
    assert!(root().given().is_none());
}

#[test]
fn a_backslash_at_the_end_of_a_name_escapes_no_dot() {
    for (name, path) in [
        (r"C:\tmp\", r"C:\tmp\\.child"),
        (r"C:\tmp\\", r"C:\tmp\\.child"),
        (r"\", r"\\.child"),
        (r"a.b\", r"a.b\\.child"),
        (r"v1\.2", r"v1\.2.child"),
    ] {
        for above in [child(&root(), &name.into(), &[]), child(&root(), &name.to_owned().into(), &[])] {
            let below = child(&above.expect("a node"), &"child".into(), &[]).expect("a node");
            assert_eq!(below.to_path(), path, "{name}");
        }
    }
    assert_eq!(site(r"C:\").below(&root()).expect("a node").to_path(), r"C:\\");
    // It takes a byte more.
    let longest = "a".repeat(16_383) + r"\";
    assert!(child(&root(), &longest.into(), &[]).is_none());
}

#[test]
fn paths_end_at_their_limit() {
    let most = counted(&root(), &"a".repeat(16_384));
    assert_eq!(most.to_path().len(), 16_384);
    assert!(child(&most, &"b".into(), &[]).is_none());
    assert!(child(&root(), &"a".repeat(16_385).into(), &[]).is_none());
    assert!(child(&root(), &"".into(), &[]).is_none());
    assert!(child(&root(), &String::new().into(), &[]).is_none());
}

#[test]
fn long_paths_are_put_together_when_asked_for_and_short_ones_are_kept() {
    let mut scratch = LongPath::default();
    let long = counted(&counted(&root(), &"a".repeat(400)), &"b".repeat(400));
    assert_eq!(long.path(&mut scratch), ["a".repeat(400), "b".repeat(400)].join("."));
    let short = counted(&counted(&root(), "a"), "b");
    assert_eq!(short.path(&mut scratch), "a.b");
    assert_eq!(long.path(&mut scratch).len(), 801);
}

#[test]
fn long_paths_are_right_whichever_was_asked_for_before() {
    let below = |above: &NodeRef, name: &'static str| child(above, &name.into(), &[]).expect("a node");
    let top = below(&root(), Box::leak("t".repeat(600).into_boxed_str()));
    let (left, right) = (below(&top, "left"), below(&top, "right"));
    let leaf = below(&left, "leaf");
    let mut scratch = LongPath::default();
    let nodes = [&top, &left, &leaf, &left, &right, &leaf, &leaf, &top, &top, &right, &top, &left];
    for node in nodes {
        assert_eq!(node.path(&mut scratch), node.to_path());
    }
    let counted = counted(&left, "counted");
    for node in [&left, &counted, &left, &counted, &counted, &top] {
        assert_eq!(node.path(&mut scratch), node.to_path());
    }
}

#[test]
fn thousands_of_levels_are_dropped_on_a_small_stack() {
    let levels = if cfg!(miri) { 100 } else { 8_000 };
    let mut node = counted(&root(), "a");
    for _ in 1..levels {
        node = counted(&node, "a");
    }
    let dropped = std::thread::Builder::new().stack_size(64 << 10).spawn(move || drop(node));
    dropped.expect("a thread").join().expect("no overflow");
}

#[test]
fn threads_that_make_a_node_at_once_get_the_same() {
    let sites: Vec<_> = (0..8).map(|_| site("raced")).collect();
    let barrier = std::sync::Barrier::new(sites.len());
    let slots: std::collections::HashSet<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = sites
            .iter()
            .map(|site| {
                scope.spawn(|| {
                    barrier.wait();
                    fixed(site.below(&root())).slot()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(slots.len(), 1);
}

#[cfg(not(miri))]
#[test]
fn places_that_live_for_ever_are_no_more_than_the_documentation_says() {
    crate::client::alone::in_own_process(
        "path::tests::places_that_live_for_ever_are_no_more_than_the_documentation_says",
        || {
            let names = (0..40_000).map(|number| &*Box::leak(format!("place {number}").into_boxed_str()));
            let nodes: Vec<_> =
                names.map(|name| child(&root(), &name.into(), &[]).expect("a node")).collect();
            assert_eq!(places(), 32_768);
            assert!(matches!(nodes.last(), Some(NodeRef::Counted(_))));
            assert!(nodes[..30_000].iter().all(|node| matches!(node, NodeRef::Static(_))));
        },
    );
}
