//! What one process tells the next: variables in, variables out.

use std::process::Command;

use upto::wire::Kind;
use upto::{Client, Event, Value};

use crate::receiver::Receiver;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// `(kind, context, timeline, name, traceparent)` of what a session has sent.
type Sent = (Kind, String, String, String, Option<Value>);

fn received(receiver: &Receiver) -> Vec<Sent> {
    let (_, messages) = receiver.session();
    let sent = messages.into_iter().map(|mut message| {
        let trace = message.attributes.remove("traceparent");
        (message.kind, message.context, message.timeline, message.name, trace)
    });
    sent.collect()
}

/// Run by the tests below, as processes of their own.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_process() {
    let Some(role) = std::env::var_os("UPTO_TEST_ROLE") else { return };
    let guard = upto::init().unwrap();
    if role == "parent" {
        upto::new_timeline("later");
        let _outer = upto::event("outer");
        let own = Event::builder("own").context("other").timeline("mine").start();
        start("child", &upto::child_environment());
        drop(own);
        start("child", &upto::child_environment());
    } else {
        let _outer = upto::event("work");
        upto::scope!("inner", number = 1).end();
    }
    drop(guard);
}

fn start(role: &str, variables: &[(&'static str, String)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["processes::child_process", "--exact", "--ignored", "--nocapture"])
        .env("UPTO_TEST_ROLE", role);
    let output = child.envs(variables.iter().cloned()).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // A name that is of no test passes, too.
    assert!(output.status.success() && said.contains("test result: ok. 1 passed"), "{said}");
}

fn environment(receiver: &Receiver, trace: &str) -> Vec<(&'static str, String)> {
    let context = ("UPTO_CONTEXT", "ci".to_owned());
    vec![("UPTO_SERVER", receiver.address()), context, ("TRACEPARENT", trace.to_owned())]
}

#[test]
fn events_without_a_parent_are_linked_to_the_trace() {
    let receiver = Receiver::new("127.0.0.1:0");
    start("child", &environment(&receiver, TRACE));
    let traces: Vec<_> =
        received(&receiver).into_iter().map(|(kind, _, _, name, trace)| (kind, name, trace)).collect();
    let mark = |kind, name: &str, trace: Option<&str>| {
        (kind, name.to_owned(), trace.map(|trace| Value::from(trace.to_owned())))
    };
    let expected = [
        mark(Kind::Start, "work", Some(TRACE)),
        mark(Kind::Start, "work.inner", None),
        mark(Kind::End, "work.inner", None),
        mark(Kind::End, "work", None),
    ];
    assert_eq!(traces, expected);
}

#[test]
fn a_trace_that_is_none_is_ignored() {
    for trace in
        ["", "00-zz-1-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", &TRACE.to_uppercase()]
    {
        let receiver = Receiver::new("127.0.0.1:0");
        start("child", &environment(&receiver, trace));
        let sent = received(&receiver);
        assert!(sent.len() == 4 && sent.iter().all(|(.., trace)| trace.is_none()), "{trace}: {sent:?}");
    }
}

#[test]
fn a_builder_is_told_if_its_trace_is_none() {
    let problem = Client::builder().traceparent("00-1-2-3").init().unwrap_err();
    assert!(problem.to_string().starts_with("traceparent="), "{problem}");
}

#[test]
fn a_child_goes_on_where_it_was_started() {
    let receiver = Receiver::new("127.0.0.1:0");
    start("parent", &environment(&receiver, TRACE));
    let starts = |sent: Vec<Sent>| -> Vec<String> {
        let starts = sent.into_iter().filter(|(kind, ..)| *kind == Kind::Start);
        starts
            .map(|(_, context, timeline, name, trace)| {
                format!("{context} {timeline} {name} {}", trace.is_some())
            })
            .collect()
    };
    // The children's sessions end first, each with its last packet; the parent's begins before.
    let mut all: Vec<String> = (0..3).flat_map(|_| starts(received(&receiver))).collect();
    all.sort_unstable();
    let expected = [
        "ci later outer true",
        "ci later outer.work true",
        "ci later outer.work.inner false",
        "other mine outer.own false",
        "other mine outer.own.work true",
        "other mine outer.own.work.inner false",
    ];
    assert_eq!(all, expected);
}

#[test]
fn without_a_client_there_is_nothing_to_tell_and_with_one_the_path_is_there() {
    let capture = upto::testing::capture();
    let event = upto::event("build").attr("key", Value::from(1)).scope().cloned();
    assert!(event.is_some());
    let _unit = upto::event("unit");
    let variables = upto::child_environment();
    let parent = variables.iter().find(|(name, _)| *name == "UPTO_PARENT").map(|(_, path)| path.as_str());
    assert_eq!(parent, Some("unit"));
    drop(capture);
}
