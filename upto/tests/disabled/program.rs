//! A program that uses the whole API, compiled with the feature `enabled` on and off.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use upto::settings::Settings;
use upto::testing::{Capture, CapturedEvent, CapturedEvents, CapturedMark};
use upto::{
    Client, ClientBuilder, Event, EventBuilder, Guard, Heartbeat, HeartbeatBuilder, InEvent, InitError,
    InstrumentExt, JournalLine, Point, Scope, Stats, Value,
};

fn is_send<T: Send>(value: T) -> T {
    value
}

fn is_sync<T: Sync + Debug>() {}

#[upto::event(name = "annotated", context = "c", timeline = "t", host = "h", when = number > 0, fields(?number), err, ret)]
fn annotated(number: u32) -> Result<u32, String> {
    number.checked_add(1).ok_or_else(|| "too many".to_owned())
}

#[upto::event]
async fn later(number: u32) -> u32 {
    number
}

/// All that a client can be told, without starting it.
fn client() -> Result<ClientBuilder, InitError> {
    let builder = Client::builder()
        .from_env()?
        .enabled(true)
        .server("localhost:1")?
        .context("c")
        .timeline("t")
        .host("h");
    let builder =
        builder.parent("p").traceparent("").packet_bytes(1_400).thread_bytes(1 << 18).total_bytes(1 << 24);
    Ok(builder.send_ends_twice(true).flush_deadline(Duration::ZERO))
}

fn started(cause: Option<&Scope>) -> Event {
    let builder: EventBuilder = Event::builder("started").context("c").timeline("t").host("h").root();
    let builder = match cause {
        Some(cause) => builder.follows(cause).parent(cause.clone()),
        None => builder,
    };
    let event: Event = builder.attr("key", "value").started_at(SystemTime::UNIX_EPOCH).clone().start();
    if let Some(cause) = cause {
        event.follows(cause);
    }
    event
}

fn scopes(outer: &Event) {
    let (text, number, mut count) = ("text".to_owned(), 7_u64, 1_usize);
    let scope: Event =
        upto::scope!("scope", text, number, http.status = 200, "any key" = %count, shown = ?text);
    scope.end();
    let parent = outer.scope();
    let all = upto::scope!(
        context = "c",
        timeline = format!("{number}"),
        host = &text,
        parent = parent,
        follows = outer,
        when = number > 3,
        format!("scope {number}"),
        text = text,
        %number,
    );
    drop((all, text));
    upto::scope!(parent = None, "none").end();
    count += 1;
    assert_eq!(count, 2);
}

fn captures() {
    let capture: Capture = upto::testing::capture();
    let all: Capture = upto::testing::capture_all();
    upto::event("captured").end();
    let (events, marks): (CapturedEvents, Vec<CapturedMark>) = (capture.events(), all.marks());
    let found: Option<&CapturedEvent> = events.find("program.outer.captured");
    assert_eq!(found.is_some(), Client::is_active());
    assert_eq!(marks.is_empty(), !Client::is_active());
    assert_eq!((capture.missed(), events.named("program.outer.captured").count()), (0, events.paths().len()));
    assert!(found.is_none_or(|event| events.children(event).next().is_none() && !event.is_open()));
}

/// What is said of services.
fn reports() {
    let builder: HeartbeatBuilder = upto::heartbeat("service").run("1").grace(Duration::ZERO);
    let heartbeat: Heartbeat =
        builder.alert("mail", "nobody@example.org").clone().every(Duration::from_secs(1));
    is_send(heartbeat).say("well").say(format_args!("{}", 7));
    upto::heartbeat("other").every(Duration::MAX).abandon();
    let mut line: JournalLine = upto::journal("service", "line");
    line.level(3).alert();
}

/// Calls everything there is, and sends nothing.
pub(crate) fn use_everything() {
    is_sync::<(Client, ClientBuilder, Guard, InitError, Scope, Settings, Stats, Value)>();
    let _program = upto::event("program");
    let outer = is_send(upto::event("outer"));
    outer.attr("key", 1).attr("text", upto::display("shown")).attr("list", upto::debug([1]));
    drop(is_send(client().unwrap()));
    scopes(&outer);
    captures();
    reports();
    started(outer.scope()).end_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    Event::builder("detached").start_detached().cancel();
    let given_up = upto::event("given up");
    given_up.mark_cancelled().attr("key", 1);
    given_up.end_at(SystemTime::now());
    let point: Point = upto::point("point");
    point.attr("key", 1.5).at(SystemTime::UNIX_EPOCH).context("c").timeline("t").host("h").root();
    if let Some(scope) = Scope::current() {
        point.follows(&scope).parent(scope);
    }
    assert_eq!((annotated(1), upto::escape("a.b").as_ref()), (Ok(2), r"a\.b"));
    let future: InEvent<_> = is_send(later(2)).in_current_event();
    drop(future);
    upto::new_timeline("");
    let variables: Vec<(&'static str, String)> = upto::child_environment();
    assert_eq!(variables.is_empty(), !Client::is_active());
    if let Some(scope) = Scope::current() {
        scope.enter();
        scope.exit();
        assert_eq!(scope.path(), "program.outer");
    }
    assert_eq!(Client::stats().is_some(), Client::is_active());
    outer.fail("failed");
    outer.end();
    Event::none().end();
}
