//! The client: what leaves when, what is dropped and counted, and that the host never suffers.
#![cfg(feature = "enabled")]
// What is not as it should be here fails the test.
#![allow(clippy::expect_used, clippy::panic)]

use std::net::UdpSocket;
use std::process::Command;
use std::time::{Duration, Instant};

use upto::wire::{Kind, Status};
use upto::{Client, InitError};

use self::receiver::{DEADLINE, Received, Receiver, turn};

#[path = "client/finish.rs"]
mod finish;
#[path = "client/heartbeats.rs"]
mod heartbeats;
#[path = "client/keys.rs"]
mod keys;
#[path = "client/left_out.rs"]
mod left_out;
#[path = "client/order.rs"]
mod order;
#[path = "client/overlap.rs"]
mod overlap;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "client/settings.rs"]
mod settings;
#[path = "client/timelines.rs"]
mod timelines;
#[path = "client/twice.rs"]
mod twice;

#[test]
fn a_start_leaves_while_its_event_is_open() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let event = upto::event("long");
    let (_, _, messages) = receiver.packet();
    assert_eq!((messages[0].kind, messages[0].name.as_str()), (Kind::Start, "long"));
    event.end();
    let (_, _, messages) = receiver.packet();
    assert_eq!((messages[0].kind, messages[0].started.is_some()), (Kind::End, true));
    drop(guard);
}

#[test]
fn ipv6_is_spoken_too() {
    let _turn = turn();
    let receiver = Receiver::new("[::1]:0");
    let guard = receiver.builder().init().expect("a client");
    upto::point("here");
    assert_eq!(receiver.packet().2[0].kind, Kind::Point);
    drop(guard);
}

#[test]
fn packets_are_numbered_filled_and_closed() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    for _ in 0..500 {
        upto::event("work").end();
    }
    drop(guard);
    let (packets, messages) = receiver.session();
    let sequences: Vec<_> = packets.iter().map(|(session, _)| session.sequence).collect();
    assert_eq!(sequences, (0..packets.len() as u64).collect::<Vec<_>>());
    assert_eq!(packets.last().and_then(|(session, _)| session.packets), Some(packets.len() as u64));
    assert!(
        packets.iter().all(|(session, length)| session.session == packets[0].0.session && *length <= 1_400)
    );
    assert!(
        packets
            .iter()
            .all(|(session, _)| session.age.is_some_and(|age| age < DEADLINE) && session.dropped == 0)
    );
    assert!(packets.len() < 100, "{} packets for 1,000 messages", packets.len());
    let ids: std::collections::HashSet<_> = messages.iter().map(|message| message.id).collect();
    assert_eq!((messages.len(), ids.len()), (1_000, 500));
}

#[test]
fn what_the_queue_has_no_room_for_is_dropped_and_told() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().thread_bytes(20 << 10).init().expect("a client");
    // Read as it comes: the socket's buffer would not hold it all.
    let reading = std::thread::spawn(move || receiver.session());
    // The flusher can't keep up with so small a queue for ever; how much it takes does not matter.
    let mut points = 0;
    while Client::stats().expect("a client").dropped_queue_full < 100 {
        upto::point("p");
        points += 1;
    }
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    drop(guard);
    let (packets, messages) = reading.join().expect("a session");
    assert_eq!(packets.last().map(|(session, _)| session.dropped), Some(stats.dropped_queue_full));
    assert_eq!(messages.len() as u64 + stats.dropped_queue_full, points);
    assert_eq!((stats.sent, stats.dropped_unsent), (messages.len() as u64, 0));
}

#[test]
fn an_event_whose_path_is_too_long_is_dropped_and_the_others_are_not() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    upto::event("a".repeat(16_384)).end();
    upto::event("a".repeat(16_385)).end();
    upto::event("").end();
    {
        let _outer = upto::event("outer");
        upto::event("b".repeat(16_380)).end();
    }
    assert_eq!(Client::stats().map(|stats| stats.dropped_name), Some(6));
    drop(guard);
    let (_, messages) = receiver.session();
    let lengths: Vec<_> = messages.iter().map(|message| message.name.len()).collect();
    assert_eq!(lengths, [16_384, 16_384, 5, 5]);
}

#[test]
fn thousands_of_levels_and_threads_are_no_problem() {
    fn descend(levels: usize) {
        let _event = upto::event("a");
        if levels > 0 {
            descend(levels - 1);
        }
    }
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().thread_bytes(1 << 22).init().expect("a client");
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| descend(10_000))
        .expect("a thread")
        .join()
        .expect("done");
    for _ in 0..20 {
        let threads: Vec<_> = (0..50).map(|_| std::thread::spawn(|| upto::event("thread").end())).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("done"));
    }
    assert!(guard.flush(DEADLINE));
    assert_eq!(Client::stats().map(|stats| stats.dropped_queue_full), Some(0));
    drop(guard);
}

#[test]
fn a_guard_dropped_on_another_thread_leaves_this_one_s_nesting_right() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let outer = upto::event("outer");
    let moved = upto::event("moved");
    std::thread::spawn(move || moved.end()).join().expect("done");
    upto::point("after");
    let second = upto::event("second");
    outer.end();
    upto::point("in second");
    second.end();
    upto::point("alone");
    drop(guard);
    let (_, messages) = receiver.session();
    let points: Vec<_> = messages
        .iter()
        .filter(|message| message.kind == Kind::Point)
        .map(|message| message.name.as_str())
        .collect();
    assert_eq!(points, ["outer.after", "outer.second.in second", "alone"]);
}

#[test]
fn of_a_panic_what_it_left_open_failed_and_what_cleans_up_did_not() {
    struct CleansUp;
    impl Drop for CleansUp {
        fn drop(&mut self) {
            upto::event("clean-up").end();
        }
    }
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let panicked = std::thread::spawn(|| {
        let _event = upto::event("work");
        let _cleans_up = CleansUp;
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(panicked.join().is_err());
    drop(guard);
    let (_, messages) = receiver.session();
    let ends = messages.iter().filter(|message| message.kind == Kind::End);
    let ends: Vec<_> = ends.map(|message| (message.name.as_str(), message.status)).collect();
    assert_eq!(ends, [("work.clean-up", Status::Ok), ("work", Status::Failed)]);
}

#[test]
fn an_absent_server_costs_the_host_nothing_but_a_count() {
    let _turn = turn();
    // Bound and closed again: nobody listens there.
    let nobody = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("an address");
    for server in [nobody.to_string(), "no-such-host.invalid:1".to_owned()] {
        let builder = Client::builder().server(&server).expect("an address").flush_deadline(DEADLINE);
        let guard = builder.init().expect("a client");
        (0..100).for_each(|_| upto::event("work").end());
        assert!(guard.flush(DEADLINE), "{server}");
        drop(guard);
    }
    assert_eq!(Client::stats(), None);
}

#[test]
fn a_server_that_comes_later_gets_what_is_sent_then() {
    let _turn = turn();
    let address = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("an address");
    let builder = Client::builder().server(&address.to_string()).expect("an address");
    let guard = builder.init().expect("a client");
    upto::point("lost");
    assert!(guard.flush(DEADLINE));
    let receiver = Receiver::new(&address.to_string());
    upto::point("heard");
    drop(guard);
    let (_, messages) = receiver.session();
    assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["heard"]);
}

#[test]
fn a_second_client_is_refused_and_one_after_the_first_is_not() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let first = receiver.builder().init().expect("a client");
    assert!(matches!(receiver.builder().init(), Err(InitError::AlreadyRunning)));
    drop(first);
    let second = receiver.builder().init().expect("a client");
    upto::point("second");
    drop(second);
    assert!(receiver.session().1.is_empty());
    assert_eq!(receiver.session().1.len(), 1);
}

#[test]
fn a_client_that_is_not_enabled_does_nothing() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().enabled(false).init().expect("a guard");
    assert!(!Client::is_active() && guard.flush(DEADLINE));
    let sending = receiver.builder().enabled(false).enabled(true).init().expect("a client");
    assert!(matches!(receiver.builder().enabled(false).init(), Err(InitError::AlreadyRunning)));
    drop(guard);
    assert!(Client::is_active());
    drop(sending);
    assert!(receiver.session().1.is_empty());
}

#[test]
fn dropping_the_guard_keeps_its_deadline() {
    let _turn = turn();
    let builder = Client::builder().server("no-such-host.invalid").expect("a name");
    let guard = builder.flush_deadline(Duration::ZERO).init().expect("a client");
    upto::point("p");
    let began = Instant::now();
    drop(guard);
    assert!(began.elapsed() < DEADLINE);
}

/// Run by the test below, as a process of its own.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_process() {
    match std::env::var("UPTO_TEST_CHILD").as_deref() {
        Ok("environment") => {
            let _guard = upto::init().expect("a client");
            upto::event("inner").end();
        }
        Ok("builder") => {
            let server = std::env::var("UPTO_SERVER").expect("a server");
            let guard = Client::builder().server(&server).expect("an address").enabled(true).init();
            upto::event("inner").end();
            assert_eq!(std::env::var("UPTO").as_deref() == Ok("maybe"), guard.is_err());
        }
        _ => {}
    }
}

#[test]
fn a_child_process_continues_the_path_and_the_switch_turns_it_off() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let run = |role: &str, switch: &str| {
        let mut child = Command::new(std::env::current_exe().expect("this binary"));
        child
            .args(["child_process", "--exact", "--ignored"])
            .env("UPTO_TEST_CHILD", role)
            .env("UPTO", switch);
        child.env("UPTO_SERVER", receiver.address());
        child.env("UPTO_PARENT", "build.unit").env("UPTO_CONTEXT", "ci").env("UPTO_TIMELINE", "7");
        let output = child.output().expect("the child");
        // A name that is of no test passes, too.
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("test result: ok. 1 passed"), "{said}");
    };
    run("environment", "off");
    // The switch is the operator's, whether the program reads the environment or not.
    run("builder", "off");
    run("builder", "maybe");
    run("environment", "on");
    let (_, messages) = receiver.session();
    let names: Vec<_> =
        messages.iter().map(|message| (message.name.as_str(), message.timeline.as_str())).collect();
    assert_eq!(names, [("build.unit.inner", "7"), ("build.unit.inner", "7")]);
}
