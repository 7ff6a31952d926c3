//! Where the event belongs, and what the command is told of that.

use upto::Value;
use upto::wire::Kind;

use super::{marks, run, shell};
use crate::support::udp::Receiver;
use crate::support::upto;

const TELL: &str = r#"echo "$UPTO_CONTEXT|$UPTO_TIMELINE|$UPTO_PARENT|$TRACEPARENT""#;

fn told(output: &std::process::Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.trim_end().split('|').map(str::to_owned).collect()
}

#[test]
fn the_command_is_told_where_it_is() {
    let receiver = Receiver::new();
    let told = told(&shell(&receiver, &["--context", "ci", "--event", "a.b", "--timeline", "77"], TELL));
    let (start, _) = marks(&receiver);
    assert_eq!(told[..3], ["ci", "77", "a.b"]);
    assert_eq!(start.timeline, "77");
    assert_eq!(start.attributes.get("traceparent"), Some(&Value::Text(told[3].clone().into())));
    assert!(told[3].starts_with("00-") && told[3].contains(&format!("-{:016x}-", start.id)), "{told:?}");
}

#[test]
fn runs_nest() {
    let receiver = Receiver::new();
    let inner = format!("'{}' run --event inner -- sh -c '{TELL}'", env!("CARGO_BIN_EXE_upto"));
    let told = told(&shell(&receiver, &["--context", "ci", "--event", "outer", "--timeline", "7"], &inner));
    assert_eq!(told[..3], ["ci", "7", "outer.inner"]);
    let outer = receiver.message();
    let (start, _) = marks(&receiver);
    assert_eq!(
        (start.context.as_str(), start.timeline.as_str(), start.name.as_str()),
        ("ci", "7", "outer.inner")
    );
    // The same trace.
    assert_eq!(told[3][..35], outer_trace(&outer)[..35]);
    assert_eq!(receiver.message().name, "outer");
}

fn outer_trace(message: &crate::support::udp::Received) -> String {
    match message.attributes.get("traceparent") {
        Some(Value::Text(trace)) => trace.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_context_begins_anew() {
    let receiver = Receiver::new();
    let mut command = run(&receiver, &["--context", "other", "--event", "e"], &["true"]);
    command.env("UPTO_CONTEXT", "ci").env("UPTO_TIMELINE", "7").env("UPTO_PARENT", "outer");
    assert!(command.status().expect("the command").success());
    let (start, _) = marks(&receiver);
    assert_eq!((start.name.as_str(), start.timeline.as_str()), ("e", ""));
}

#[test]
fn a_new_timeline_is_opened_and_the_event_is_in_it() {
    let receiver = Receiver::new();
    let told = told(&shell(&receiver, &["--new", "--context", "ci"], TELL));
    let new = receiver.message();
    let (start, end) = marks(&receiver);
    assert_eq!((new.kind, new.context.as_str()), (Kind::New, "ci"));
    assert!(new.timeline.len() == 30 && new.timeline.ends_with('Z'), "{new:?}");
    assert_eq!([&start.timeline, &end.timeline, &told[1]], [&new.timeline; 3]);
}

#[test]
fn builds_of_ci_systems_name_the_timeline() {
    let receiver = Receiver::new();
    let mut command = run(&receiver, &["--ci", "--attr", "commit=mine"], &["true"]);
    command.envs([("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "77"), ("CI_PIPELINE_URL", "https://h/77")]);
    assert!(command.env("CI_COMMIT_SHA", "c0ffee").status().expect("the command").success());
    let (start, _) = marks(&receiver);
    assert_eq!(start.timeline, "77");
    let text = |key| start.attributes.get(key).cloned();
    let expected = [("ci", "GitLab"), ("run_url", "https://h/77"), ("commit", "mine")];
    assert_eq!(
        expected.map(|(key, _)| text(key)),
        expected.map(|(_, value)| Some(Value::Text(value.into())))
    );
}

#[test]
fn the_command_sends_to_where_this_one_does() {
    let receiver = Receiver::new();
    let tell = r#"echo "$UPTO_SERVER|$UPTO_HOST|$UPTO_URL""#;
    let mut command =
        upto(["run", "--rh", "127.0.0.1", "--rp", &receiver.port(), "-n", "h", "--", "sh", "-c", tell]);
    let told = told(&command.output().expect("the command"));
    assert_eq!(told, [receiver.address(), "h".to_owned(), String::new()]);
    assert_eq!(marks(&receiver).0.host, "h");
}
