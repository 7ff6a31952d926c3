//! `upto::testing`: what it shows, to whom, and with which client.

use std::net::UdpSocket;
use std::sync::Barrier;
use std::thread;

use upto::testing::{CapturedEvent, CapturedMark, capture, capture_all};
use upto::wire::{Kind, Status};
use upto::{Client, InitError, Value};

use crate::alone;
use crate::receiver::{DEADLINE, Receiver};

#[upto::event(name = "compile")]
fn compile(level: u32) {
    let link = upto::event("link");
    link.attr("files", 3).fail("no such file");
    upto::point("cache.miss").attr("key", "k");
}

#[test]
fn events_are_complete() {
    let capture = capture();
    compile(2);
    let events = capture.events();
    assert_eq!(events.paths(), ["compile", "compile.link", "compile.link.cache.miss"]);
    let (compile, link, miss) = (&events[0], &events[1], &events[2]);
    assert_eq!(compile.attribute("level"), Some(&Value::from(2)));
    assert_eq!((compile.status, compile.is_open(), compile.context.as_str()), (Status::Ok, false, "test"));
    assert_eq!((link.status, link.text.as_str()), (Status::Failed, "no such file"));
    assert_eq!(link.attribute("files"), Some(&Value::from(3)));
    assert!(link.duration() <= compile.duration() && link.started >= compile.started);
    assert!(miss.is_point && miss.duration().is_none() && !miss.is_open());
    assert_eq!(events.children(compile).collect::<Vec<_>>(), [link]);
    assert_eq!(capture.missed(), 0);
}

#[test]
fn what_is_below_a_name_that_ends_in_a_backslash_is_its_child() {
    let capture = capture();
    let outer = upto::event(r"C:\tmp\");
    upto::event("child").end();
    outer.end();
    let events = capture.events();
    assert_eq!(events.paths(), [r"C:\tmp\\", r"C:\tmp\\.child"]);
    assert_eq!(events.children(&events[0]).collect::<Vec<_>>(), [&events[1]]);
}

#[test]
fn marks_are_what_would_be_sent() {
    let capture = capture();
    compile(2);
    let marks = capture.marks();
    let kinds: Vec<_> = marks.iter().map(|mark| (mark.kind, mark.path.as_str())).collect();
    let expected = [
        (Kind::Start, "compile"),
        (Kind::Start, "compile.link"),
        (Kind::Point, "compile.link.cache.miss"),
        (Kind::End, "compile.link"),
        (Kind::End, "compile"),
    ];
    assert_eq!(kinds, expected);
    assert_eq!((marks[4].id, marks[4].started), (marks[0].id, Some(marks[0].time)));
}

#[test]
fn what_was_before_is_not_seen_and_what_is_open_is() {
    let _keeps_the_client = capture();
    upto::event("before").end();
    let open = upto::event("open");
    let capture = capture();
    let inner = upto::event("inner");
    assert!(capture.events().find("open.inner").unwrap().is_open());
    inner.end();
    open.end();
    // The end of what was open knows when it started.
    assert_eq!(capture.events().paths(), ["open", "open.inner"]);
}

#[test]
fn each_thread_sees_its_own_and_an_event_to_its_end_elsewhere() {
    let here = capture();
    let moved = upto::event("moved");
    thread::spawn(move || {
        let there = capture();
        upto::event("there").end();
        moved.end();
        assert_eq!(there.events().find("moved").map(CapturedEvent::is_open), Some(false));
        assert!(there.events().find("there").is_some());
    })
    .join()
    .unwrap();
    let events = here.events();
    assert_eq!(events.paths(), ["moved"]);
    assert!(!events[0].is_open());
}

#[test]
fn all_threads_are_seen_where_that_is_asked_for() {
    let capture = capture_all();
    thread::scope(|scope| {
        scope.spawn(|| upto::event("captures: one").end());
        scope.spawn(|| upto::event("captures: other").end());
    });
    upto::new_timeline("captures: timeline");
    upto::new_timeline("");
    let events = capture.events();
    assert!(events.find("captures: one").is_some() && events.find("captures: other").is_some());
    let is_new = |mark: &&CapturedMark| mark.kind == Kind::New && mark.timeline == "captures: timeline";
    assert_eq!(capture.marks().iter().filter(is_new).count(), 1);
}

/// Does something on several threads at once, again and again: they begin each round together. It gets the numbers of its
/// thread and of the round.
fn side_by_side(rounds: usize, work: impl Fn(usize, usize) + Sync) {
    const THREADS: usize = 8;
    let (barrier, work) = (&Barrier::new(THREADS), &work);
    let repeat = |thread| {
        move || {
            for round in 0..rounds {
                barrier.wait();
                work(thread, round);
            }
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|thread| drop(scope.spawn(repeat(thread)))));
}

#[test]
fn captures_side_by_side_do_not_disturb_one_another() {
    side_by_side(50, |thread, round| {
        let capture = capture();
        let name = format!("work {thread} {round}");
        upto::event(name.clone()).end();
        assert_eq!(capture.events().paths(), [name]);
    });
}

/// Runs `test` in a process of its own, where it is the only one to start and end clients. The other tests here only
/// need that there is one.
fn in_own_process(name: &str, test: impl FnOnce()) {
    alone::in_own_process(&format!("captures::{name}"), test);
}

#[test]
fn the_client_of_captures_ends_with_the_last_one() {
    in_own_process("the_client_of_captures_ends_with_the_last_one", || {
        for _ in 0..3 {
            assert!(!Client::is_active());
            let (first, second) = (capture(), capture_all());
            upto::event("seen").end();
            drop(first);
            assert!(Client::is_active());
            assert_eq!(second.events().paths(), ["seen"]);
            drop(second);
        }
        assert!(!Client::is_active() && Client::stats().is_none());
    });
}

#[test]
fn a_client_that_runs_goes_on_sending() {
    in_own_process("a_client_that_runs_goes_on_sending", || {
        let receiver = Receiver::new("127.0.0.1:0");
        let guard = receiver.builder().context("own").init().unwrap();
        let capture = capture();
        compile(1);
        assert_eq!((capture.events().len(), capture.events()[0].context.as_str()), (3, "own"));
        drop(capture);
        assert!(Client::is_active());
        drop(guard);
        assert_eq!(receiver.session().1[0].name, "compile");
    });
}

/// Waits for nothing: what was sent is there, as loopback delivers at once.
fn is_silent(socket: &UdpSocket) -> bool {
    socket.set_nonblocking(true).unwrap();
    socket.recv(&mut [0; 16]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn code_under_test_may_start_a_client() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let code_under_test = || {
        let guard = Client::builder().server(&address).unwrap().context("own").init().unwrap();
        compile(1);
        assert!(guard.flush(DEADLINE));
    };
    let capture = capture();
    code_under_test();
    code_under_test();
    let nested = Client::builder().init().unwrap();
    assert!(Client::builder().enabled(false).init().is_ok());
    upto::event("after").end();
    drop(nested);
    let events = capture.events();
    assert_eq!((events.named("compile").count(), events.len()), (2, 7));
    assert!(events.find("after").is_some_and(|after| after.context == "test"));
    assert_eq!(capture.missed(), 0);
    assert!(is_silent(&socket));
}

#[test]
fn mistakes_in_settings_are_told_to_code_under_test_all_the_same() {
    let _capture = capture();
    assert!(Client::builder().context("").init().is_err());
}

#[test]
fn code_under_test_may_start_and_end_clients_side_by_side() {
    side_by_side(25, |thread, round| {
        let capture = capture();
        let guard = Client::builder().init().unwrap();
        let name = format!("client {thread} {round}");
        let event = upto::event(name.clone());
        drop(guard);
        event.end();
        upto::point(name.clone());
        assert_eq!((capture.events().paths(), capture.missed()), (vec![name.as_str(); 2], 0));
    });
}

#[test]
fn a_client_that_ends_meanwhile_sends_no_more_and_is_captured_all_the_same() {
    in_own_process("a_client_that_ends_meanwhile_sends_no_more_and_is_captured_all_the_same", || {
        let receiver = Receiver::new("127.0.0.1:0");
        let guard = receiver.builder().init().unwrap();
        let capture = capture();
        let open = upto::event("open");
        drop(guard);
        open.end();
        upto::event("later").end();
        let events = capture.events();
        assert_eq!((events.paths(), capture.missed()), (vec!["open", "later"], 0));
        assert!(events.iter().all(|event| !event.is_open()), "{events:?}");
        // What was sent is a session like any other.
        let (packets, messages) = receiver.session();
        assert_eq!(messages.iter().map(|message| message.kind).collect::<Vec<_>>(), [Kind::Start]);
        drop(capture);
        assert!(!Client::is_active() && Client::stats().is_none());
        // Nothing has come between it and the next one, which sends.
        let guard = receiver.builder().init().unwrap();
        upto::point("sent");
        drop(guard);
        let (next, messages) = receiver.session();
        assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["sent"]);
        assert_ne!(packets[0].0.session, next[0].0.session);
    });
}

#[test]
fn without_a_capture_there_is_one_client_at_a_time() {
    in_own_process("without_a_capture_there_is_one_client_at_a_time", || {
        let capture = capture();
        let of_capture = Client::builder().init().unwrap();
        drop(capture);
        assert!(!Client::is_active());
        let guard = Client::builder().init().unwrap();
        assert!(matches!(Client::builder().init(), Err(InitError::AlreadyRunning)));
        // It stood for the capture, and ends nothing.
        drop(of_capture);
        assert!(Client::is_active());
        drop(guard);
        assert!(!Client::is_active());
    });
}

#[test]
fn what_does_not_fit_is_told() {
    in_own_process("what_does_not_fit_is_told", || {
        let capture = capture();
        upto::event("n".repeat(16_385)).end();
        assert_eq!((capture.missed(), capture.events().len()), (2, 0));
    });
}

#[test]
fn debug_tells_what_was_said_and_no_more() {
    let capture = capture();
    let event = upto::event("shown");
    event.attr("key", 1);
    let shown = format!("{:?}", capture.events());
    assert!(shown.contains("path: \"shown\"") && shown.contains("is_open: true"), "{shown}");
    assert!(!shown.contains("host") && !shown.contains("text"), "{shown}");
}
