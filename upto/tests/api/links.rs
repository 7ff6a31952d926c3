//! Links between events, times of the caller's, timelines that are given, and guards that move.

use std::time::{Duration, SystemTime};

use upto::testing::{Capture, capture, capture_all};
use upto::wire::{Kind, Status};
use upto::{Client, Event, InstrumentExt, Scope, Value};

fn is_send<T: Send>() {}

#[test]
fn an_event_may_go_to_any_thread() {
    is_send::<Event>();
    is_send::<upto::EventBuilder>();
    is_send::<upto::Scope>();
    is_send::<upto::Point>();
}

#[test]
fn what_follows_has_the_ids_of_its_causes() {
    let capture = capture();
    let (first, second) = (upto::event("first"), Event::builder("second").root().start());
    let (one, two) = (first.scope().unwrap().clone(), second.scope().unwrap().clone());
    drop((first, second));
    Event::builder("at its start").follows(&one).follows(&two).start().end();
    let late = upto::event("at its end");
    late.follows(&two);
    late.end();
    upto::scope!(follows = &one, "scope").end();
    let events = capture.events();
    let id = |path| events.find(path).unwrap().id;
    let (first, second) = (id("first"), id("second"));
    for (path, expected) in [
        ("at its start", vec![first, second]),
        ("at its end", vec![second]),
        ("scope", vec![first]),
        ("first", vec![]),
    ] {
        assert_eq!(events.find(path).unwrap().follows(), expected, "{path}");
    }
    let text = format!("{first},{second}");
    assert_eq!(events.find("at its start").unwrap().attribute("follows"), Some(&Value::from(text)));
    let started = capture.marks().into_iter().find(|mark| mark.path == "at its start").unwrap();
    assert!(started.attributes.contains_key("follows"), "{started:?}");
}

#[test]
fn an_attribute_of_the_same_key_takes_no_link_away() {
    let capture = capture();
    let cause = upto::event("cause");
    let scope = cause.scope().unwrap();
    Event::builder("at its start").follows(scope).attr("follows", "own").start().end();
    let late = Event::builder("at its end").attr("follows", "own").start();
    late.attr("follows", "own").follows(scope);
    late.end();
    upto::point("point").follows(scope).attr("follows", "own");
    upto::event("unlinked").attr("follows", "own");
    for mark in capture.marks() {
        let keys = mark.attributes.keys().filter(|key| *key == "follows").count();
        assert!(keys <= 1, "{mark:?}");
    }
    let events = capture.events();
    let id = events.find("cause").unwrap().id;
    for path in ["at its start", "at its end", "point"] {
        let path = format!("cause.{path}");
        assert_eq!(events.find(&path).unwrap().follows(), [id], "{path}");
    }
    let unlinked = events.find("cause.unlinked").unwrap();
    assert_eq!(unlinked.attribute("follows"), Some(&Value::from("own")));
}

#[test]
fn what_is_followed_from_the_start_and_later_is_told_together_up_to_the_limit() {
    let capture = capture();
    let causes: Vec<_> = (0..33).map(|_| Event::builder("cause").root().start_detached()).collect();
    let scopes: Vec<_> = causes.iter().map(|cause| cause.scope().unwrap()).collect();
    let after = |name: &'static str, at_start: usize, in_all: usize| {
        let builder = Event::builder(name).root();
        let builder = scopes[..at_start].iter().fold(builder, |builder, scope| builder.follows(scope));
        let after = builder.follows(scopes[0]).start();
        for scope in &scopes[at_start..in_all] {
            after.follows(scope);
        }
        after.follows(scopes[0]);
    };
    after("as many as it may", 2, 32);
    after("one too many", 1, 33);
    after("one too many at its start", 33, 33);
    let events = capture.events();
    let followed = |path: &str| events.find(path).map(|event| (event.follows().len(), event.truncated));
    assert_eq!(followed("as many as it may"), Some((32, false)));
    assert_eq!(followed("one too many"), Some((32, true)));
    assert_eq!(followed("one too many at its start"), Some((32, true)));
}

/// The scope of what is current, which there is.
fn here() -> Scope {
    Scope::current().unwrap()
}

#[upto::event(name = "function")]
fn function() -> Scope {
    here()
}

#[upto::event(name = "outer", when = levels > 0, skip_all)]
fn outer(levels: u32) -> Vec<Scope> {
    let before = here();
    let mut scopes = outer_of(levels - 1);
    // What was nested has ended: this one is current again, and known.
    scopes.extend([before, here()]);
    scopes
}

fn outer_of(levels: u32) -> Vec<Scope> {
    if levels > 0 { outer(levels) } else { Vec::new() }
}

#[upto::event(name = "with values", err)]
fn with_values(number: u32) -> Result<Scope, String> {
    function();
    upto::event("guard").end();
    number.checked_sub(1).map(|_| here()).ok_or_else(|| "zero".to_owned())
}

#[upto::event(name = "future")]
async fn future_here() -> [Scope; 3] {
    let before = here();
    crate::polling::pause().await;
    function();
    let between = here();
    let guard = upto::event("held");
    crate::polling::pause().await;
    let in_guard = here();
    drop(guard);
    [before, between, in_guard]
}

/// What follows what `scopes` are of, by the paths of what it follows.
fn followed(capture: &Capture, scopes: &[Scope]) -> Vec<String> {
    scopes.iter().for_each(|scope| Event::builder("after").root().follows(scope).start().end());
    let events = capture.events();
    let path = |id: u64| events.iter().find(|event| event.id == id).unwrap().path.clone();
    let followed = events.named("after").map(|event| event.follows().into_iter().map(path));
    followed.map(|paths| paths.collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_is_current_in_a_function_can_be_followed() {
    let capture = capture();
    let scopes = [function(), with_values(1).unwrap()];
    assert_eq!(followed(&capture, &scopes), ["function", "with values"]);
    let function = capture.events().find("function").unwrap().id;
    // Which one of several of that name it is, too.
    assert_eq!(capture.events().named("after").next().unwrap().follows(), [function]);
}

#[test]
fn what_is_current_is_known_again_once_what_was_in_it_has_ended() {
    let capture = capture();
    let mut scopes = outer(3);
    let guard = upto::event("guard");
    function();
    scopes.push(here());
    drop(guard);
    let expected = ["outer.outer.outer"; 2].into_iter().chain(["outer.outer"; 2]).chain(["outer"; 2]);
    assert_eq!(followed(&capture, &scopes), expected.chain(["guard"]).collect::<Vec<_>>());
}

#[test]
fn what_is_current_among_guards_can_be_followed_whichever_end_when() {
    let capture = capture();
    let (first, second) = (upto::event("first"), upto::event(String::from("second")));
    let in_second = here();
    drop(first);
    let still_in_second = here();
    drop(second);
    assert!(Scope::current().is_none());
    let entered = {
        let detached = Event::builder("detached").start_detached();
        let scope = detached.scope().unwrap();
        scope.enter();
        let entered = here();
        scope.exit();
        entered
    };
    let scopes = [in_second, still_in_second, entered];
    assert_eq!(followed(&capture, &scopes), ["first.second", "first.second", "detached"]);
}

#[test]
fn what_is_current_in_tasks_can_be_followed() {
    let capture = capture();
    let outer = upto::event("outer");
    let mut future = std::pin::pin!(future_here());
    assert!(crate::polling::poll(future.as_mut()).is_pending());
    drop(outer);
    let elsewhere = function();
    let scopes = crate::polling::finish(future);
    assert_eq!(followed(&capture, &scopes), ["outer.future", "outer.future", "outer.future.held"]);
    assert_eq!(followed(&capture, &[elsewhere]).last().map(String::as_str), Some("function"));
}

#[upto::event(name = "spawning")]
fn spawning() -> (impl Future<Output = Scope> + Send,) {
    // In a tuple, so that it is no future itself, whose event would begin when it is polled.
    (async { here() }.in_current_event(),)
}

#[test]
fn a_task_in_the_current_event_knows_it_on_other_threads_and_among_other_events() {
    let capture = capture_all();
    let (task,) = spawning();
    let scopes = std::thread::spawn(move || {
        let _elsewhere = upto::event("elsewhere");
        let scope = crate::polling::finish(task);
        [scope, function(), here()]
    });
    let scopes = scopes.join().unwrap();
    upto::event("links: after").follows(&scopes[0]).follows(&scopes[1]).follows(&scopes[2]);
    let events = capture.events();
    let is_one = |id: &u64, path: &str| events.iter().any(|event| event.id == *id && event.path == path);
    let followed = events.find("links: after").unwrap().follows();
    assert_eq!(followed.len(), 3);
    let expected = ["spawning", "elsewhere.function", "elsewhere"];
    assert!(followed.iter().zip(expected).all(|(id, path)| is_one(id, path)), "{events:#?}");
}

#[test]
fn importers_tell_when_it_was() {
    let capture = capture();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Event::builder("import").started_at(at(1_000)).start_detached().end_at(at(1_060));
    Event::builder("before 1970")
        .started_at(SystemTime::UNIX_EPOCH - Duration::from_secs(5))
        .start()
        .end_at(at(5));
    let events = capture.events();
    let import = events.find("import").unwrap();
    assert_eq!((import.started, import.ended), (at(1_000), Some(at(1_060))));
    assert_eq!(import.duration(), Some(Duration::from_secs(60)));
    assert_eq!(events.find("before 1970").unwrap().duration(), Some(Duration::from_secs(10)));
}

#[test]
fn what_ends_before_its_start_is_told_as_it_was_and_took_no_time() {
    let capture = capture();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Event::builder("backwards").started_at(at(60)).start().end_at(at(1));
    let event = upto::event("ended long ago");
    event.end_at(at(1));
    let far = SystemTime::now() + Duration::from_secs(1 << 20);
    Event::builder("not yet").started_at(far).start().end();
    let marks = capture.marks();
    let end = marks.iter().find(|mark| mark.path == "backwards" && mark.kind == Kind::End).unwrap();
    assert_eq!((end.started, end.time), (Some(at(60)), at(1)));
    let events = capture.events();
    for path in ["backwards", "ended long ago", "not yet"] {
        assert_eq!(events.find(path).unwrap().duration(), Some(Duration::ZERO), "{path}");
    }
}

#[test]
fn what_has_a_start_and_no_end_of_the_caller_s_ends_now() {
    let capture = capture();
    let hour = Duration::from_secs(3_600);
    let before = SystemTime::now();
    Event::builder("import").started_at(before - hour).start().end();
    let events = capture.events();
    let import = events.find("import").unwrap();
    // The client's clock is set by the system's, and goes its own way between two looks at that.
    assert!(import.duration().is_some_and(|took| took > hour - hour / 60), "{import:?}");
    assert!(import.duration().is_some_and(|took| took < 2 * hour), "{import:?}");
}

#[test]
fn what_was_given_up_may_have_ended_before() {
    let capture = capture();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let given_up = Event::builder("given up").started_at(at(1)).start();
    given_up.mark_cancelled().attr("key", 1);
    assert!(capture.events()[0].is_open());
    given_up.end_at(at(3));
    let failed = Event::builder("failed").started_at(at(2)).start();
    failed.fail("why").mark_cancelled();
    failed.end_at(at(3));
    let events = capture.events();
    let status = |path: &str| events.find(path).map(|event| (event.status, event.duration()));
    assert_eq!(status("given up"), Some((Status::Cancelled, Some(Duration::from_secs(2)))));
    assert_eq!(status("failed"), Some((Status::Failed, Some(Duration::from_secs(1)))));
}

#[upto::event(name = "annotated", timeline = number.to_string(), fields(?number))]
fn annotated(number: u32) {
    upto::event("inner").end();
}

#[upto::event(name = "future", timeline = number.to_string())]
async fn future(number: u32) {
    upto::event("inner").end();
}

#[test]
fn a_timeline_that_is_given_is_that_of_all_below() {
    let capture = capture();
    annotated(1);
    crate::polling::finish(future(2));
    let built = Event::builder("built").timeline("3").start();
    upto::scope!("inner").end();
    built.end();
    let scope = upto::scope!(timeline = "4", "scope");
    upto::event("inner").end();
    scope.end();
    let events = capture.events();
    let timelines: Vec<_> =
        events.iter().map(|event| (event.path.as_str(), event.timeline.as_str())).collect();
    let expected = [
        ("annotated", "1"),
        ("annotated.inner", "1"),
        ("future", "2"),
        ("future.inner", "2"),
        ("built", "3"),
        ("built.inner", "3"),
        ("scope", "4"),
        ("scope.inner", "4"),
    ];
    assert_eq!(timelines, expected);
}

#[test]
fn a_guard_ends_wherever_it_is_dropped() {
    let capture = capture();
    let outer = upto::event("outer");
    let moved = upto::scope!("moved", key = 1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            upto::event("not below").end();
            moved.fail("there");
        });
    });
    upto::event("after").end();
    outer.end();
    let events = capture.events();
    assert_eq!(events.paths(), ["outer", "outer.moved", "outer.after"]);
    assert_eq!((events[1].text.as_str(), events[1].is_open()), ("there", false));
    assert!(Client::is_active());
}
