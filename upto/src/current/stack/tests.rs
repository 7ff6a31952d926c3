use super::*;
use crate::path::{CallSite, Given, counted_child};

fn node(name: &'static str) -> NodeRef {
    counted_child(&root(), name.into(), &[], &Given::default()).expect("a node")
}

/// Of an event whose start has ten times the number of its key.
fn scope(key: u64, node: NodeRef) -> Scope {
    Scope { key, node, id: 10 * key }
}

fn open(stack: &mut Stack, key: u64, name: &'static str) {
    stack.open(scope(key, node(name)), None);
}

fn enter(stack: &mut Stack, key: u64, name: &'static str) {
    stack.enter_of(0, scope(key, node(name)), Vec::new());
}

fn current(stack: &Stack) -> String {
    stack.current().to_path()
}

fn paths(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(|frame| frame.node.to_path()).collect()
}

/// A guard whose end on another thread can be told.
fn open_tied(stack: &mut Stack, key: u64, name: &'static str) -> (Arc<Open>, NodeRef) {
    let (open, node) = (Arc::new(Open::new()), node(name));
    stack.open(scope(key, node.clone()), Some(open.clone()));
    (open, node)
}

#[test]
fn what_ends_in_order_leaves_nothing() {
    let mut stack = Stack::new();
    assert!(current(&stack).is_empty() && stack.simple_current().is_some());
    open(&mut stack, 1, "a");
    open(&mut stack, 2, "b");
    assert_eq!((current(&stack), stack.close(2).map(|node| node.to_path())), ("b".into(), Some("b".into())));
    assert_eq!((current(&stack), stack.close(2).is_some()), ("a".into(), false));
    stack.close(1);
    assert!(stack.is_empty() && stack.simple_current().is_some());
}

#[test]
fn what_ends_before_what_is_in_it_stays_until_that_has_ended() {
    let mut stack = Stack::new();
    (1..=3).zip(["a", "b", "c"]).for_each(|(key, name)| open(&mut stack, key, name));
    stack.close(1);
    stack.close(2);
    assert_eq!((current(&stack), stack.simple_current().is_none()), ("c".into(), true));
    stack.close(3);
    assert!(stack.is_empty() && current(&stack).is_empty());
}

#[test]
fn guards_leave_and_come_back_with_what_they_were_opened_in() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "span");
    open(&mut stack, 2, "guard");
    let (ended, of_ended) = open_tied(&mut stack, 3, "ended");
    ended.end(&of_ended.attention);
    let left = stack.exit(1);
    assert_eq!((stack.is_empty(), paths(&left)), (true, vec!["guard".to_owned()]));
    assert!(!of_ended.needs_attention());
    stack.enter_of(0, scope(1, node("span")), left);
    assert_eq!(stack.number_of(stack.current()), Some(20));
    assert_eq!(current(&stack), "guard");
    assert!(stack.close(2).is_some());
    assert_eq!(current(&stack), "span");
}

#[test]
fn what_is_left_out_of_order_takes_only_its_own_guards() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "outer");
    open(&mut stack, 2, "in outer");
    enter(&mut stack, 3, "inner");
    open(&mut stack, 4, "in inner");
    assert_eq!(paths(&stack.exit(1)), ["in outer"]);
    assert_eq!(current(&stack), "in inner");
    assert_eq!(paths(&stack.exit(3)), ["in inner"]);
    assert!(stack.is_empty() && current(&stack).is_empty());
}

#[test]
fn scopes_that_have_ended_do_not_part_guards_from_theirs() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "outer");
    enter(&mut stack, 2, "inner");
    open(&mut stack, 3, "guard");
    stack.end_entered(2);
    assert_eq!(paths(&stack.exit(1)), ["guard"]);
    assert!(stack.is_empty());
}

#[test]
fn what_is_entered_twice_is_left_twice() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "span");
    open(&mut stack, 2, "guard");
    enter(&mut stack, 1, "span");
    assert!(stack.exit(1).is_empty());
    assert_eq!(current(&stack), "guard");
    assert_eq!(stack.exit(1).len(), 1);
    assert!(stack.exit(1).is_empty());
}

#[test]
fn an_end_that_takes_others_along_stops_at_the_first_that_is_open() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "a");
    open(&mut stack, 2, "b");
    enter(&mut stack, 1, "a");
    stack.close(2);
    stack.end_entered(1);
    assert!(stack.is_empty() && current(&stack).is_empty());
}

#[test]
fn what_ended_elsewhere_is_not_current_once_it_was_looked_for() {
    let mut stack = Stack::new();
    enter(&mut stack, 1, "span");
    let (open, of_guard) = open_tied(&mut stack, 2, "guard");
    open.end(&of_guard.attention);
    assert!(of_guard.needs_attention());
    stack.sweep();
    assert_eq!((current(&stack), of_guard.needs_attention()), ("span".into(), false));
}

#[test]
fn what_ends_after_its_frame_has_gone_needs_nobody() {
    let mut stack = Stack::new();
    let (open, of_guard) = open_tied(&mut stack, 1, "guard");
    stack.clear();
    open.end(&of_guard.attention);
    assert!(!of_guard.needs_attention() && current(&stack).is_empty());
}

#[test]
fn a_task_takes_its_guards_along_and_leaves_the_thread_s_alone() {
    let mut stack = Stack::new();
    open(&mut stack, 1, "thread's");
    let (before, floor) = stack.resume(node("base"), Vec::new());
    open(&mut stack, 2, "task's");
    // Ends one that is not the task's.
    stack.close(1);
    assert_eq!(current(&stack), "task's");
    let frames = stack.suspend(before, floor);
    assert_eq!((paths(&frames), stack.is_empty()), (vec!["task's".to_owned()], true));
    assert!(current(&stack).is_empty());
    let (before, floor) = stack.resume(node("base"), frames);
    assert_eq!(current(&stack), "task's");
    stack.close(2);
    assert_eq!(current(&stack), "base");
    assert!(stack.suspend(before, floor).is_empty());
}

#[test]
fn a_floor_is_lowered_when_nothing_is_above_it() {
    let mut stack = Stack::new();
    open(&mut stack, 1, "a");
    let floor = stack.raise_floor();
    open(&mut stack, 2, "b");
    assert!(!stack.lower_floor(floor));
    stack.close(2);
    assert!(stack.lower_floor(floor));
    stack.close(1);
    assert!(stack.is_empty());
}

#[test]
fn an_annotated_function_that_ends_before_what_it_opened_hands_that_on() {
    static SITE: CallSite = CallSite::new("function", &[]);
    let Some(NodeRef::Static(function)) = SITE.local_below(&root()) else { panic!("no node") };
    let mut stack = Stack::new();
    stack.set_current(NodeRef::Static(function));
    open(&mut stack, 1, "held");
    stack.leave_node(function);
    assert_eq!(current(&stack), "held");
    stack.close(1);
    assert!(stack.is_empty() && current(&stack).is_empty());
}

#[test]
fn what_a_function_s_guard_has_no_room_for_is_kept() {
    let mut stack = Stack::new();
    stack.open_local(7, node("function"), Opened { id: 5, began_in_panic: true });
    let (node, opened) = stack.close_local(7).expect("it is open");
    assert_eq!((node.to_path().as_str(), opened.id, opened.began_in_panic), ("function", 5, true));
    assert!(stack.close_local(7).is_none());
}
