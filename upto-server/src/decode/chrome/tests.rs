use upto::wire::Kind;

use super::*;
use crate::decode::draft::batch;

const TO: Destination<'static> = Destination { context: "c", timeline: "t" };

fn drafts(body: &str) -> Result<Vec<Draft<'_>>, BodyError> {
    Chrome::open(body.as_bytes(), None)?.drafts(TO).collect()
}

fn brief<'d>(drafts: &'d [Draft<'_>]) -> Vec<(&'d str, Kind, Option<i64>, i64)> {
    drafts.iter().map(|draft| (&*draft.name, draft.kind, draft.started, draft.time)).collect()
}

#[test]
fn both_forms_and_an_end_that_is_missing_are_read() {
    let event = r#"{"name":"a.b","ph":"X","ts":1,"dur":2.5,"pid":1,"tid":2}"#;
    for body in [
        format!("[{event}]"),
        format!("[{event},"),
        format!("[\n{event},\n{{\"name\":\"cut"),
        format!(
            r#"{{"traceEvents":[{event}],"displayTimeUnit":"ms","otherData":{{"version":"x"}},"stackFrames":{{}}}}"#
        ),
    ] {
        let drafts = drafts(&body).expect(&body);
        assert_eq!(brief(&drafts), [(r"a\.b", Kind::End, Some(1_000), 3_500)], "{body}");
    }
    assert_eq!(drafts("[]"), Ok(Vec::new()));
}

#[test]
fn slices_that_begin_and_end_are_nested_by_thread() {
    let body = r#"[{"ph":"M","name":"process_name","pid":7,"args":{"name":"browser"}},
        {"ph":"M","name":"thread_name","pid":7,"tid":1,"args":{"name":"main"}},
        {"ph":"B","name":"outer","cat":"io","ts":1,"pid":7,"tid":1,"args":{"n":1}},
        {"ph":"B","name":"inner","ts":2,"pid":7,"tid":1},
        {"ph":"B","name":"elsewhere","ts":2,"pid":8,"tid":1},
        {"ph":"E","ts":3,"pid":7,"tid":1},
        {"ph":"E","ts":4,"pid":7,"tid":1,"args":{"m":[1,{}],"none":null}},
        {"ph":"E","ts":5,"pid":7,"tid":1},
        {"ph":"C","name":"counter","ts":5,"pid":7,"args":{"v":1}}]"#;
    let drafts = drafts(body).expect("a document");
    let expected = [
        ("inner", Kind::End, Some(2_000), 3_000),
        ("outer", Kind::End, Some(1_000), 4_000),
        ("elsewhere", Kind::Start, None, 2_000),
    ];
    assert_eq!(brief(&drafts), expected);
    let hosts: Vec<_> = drafts.iter().map(|draft| &*draft.host).collect();
    assert_eq!(hosts, ["browser", "browser", "pid 8"]);
    assert_eq!((drafts[0].parent, drafts[1].parent), (drafts[1].id, 0));
    let batch = batch(&drafts);
    let text = upto::wire::Value::Text;
    let expected = [
        ("n", upto::wire::Value::Int(1)),
        ("cat", text("io")),
        ("thread", text("main")),
        ("m", text("[1,{}]")),
    ];
    assert_eq!(batch.attributes_of(&batch.messages[1]), expected);
}

#[test]
fn complete_slices_are_nested_by_their_times() {
    let body = r#"[{"ph":"X","name":"inner","ts":2,"dur":1,"pid":1,"tid":1},
        {"ph":"X","name":"outer","ts":1,"dur":9,"pid":1,"tid":1},
        {"ph":"X","name":"other thread","ts":2,"dur":1,"pid":1,"tid":2},
        {"ph":"X","name":"after","ts":10,"dur":1,"pid":1,"tid":1}]"#;
    let drafts = drafts(body).expect("a document");
    let parents: Vec<_> = drafts.iter().map(|draft| draft.parent).collect();
    assert_eq!(parents, [drafts[1].id, 0, 0, 0]);
}

#[test]
fn asynchronous_slices_and_instants_are_read() {
    let body = r#"[{"ph":"b","name":"load","cat":"net","id":"0x1","ts":1,"pid":1},
        {"ph":"b","name":"load","cat":"net","id":"0x2","ts":2,"pid":1},
        {"ph":"n","name":"first byte","cat":"net","id":"0x1","ts":2,"pid":1},
        {"ph":"e","name":"load","cat":"net","id":"0x1","ts":3,"pid":1},
        {"ph":"i","name":"mark","ts":"4.5","s":"g"}]"#;
    let drafts = drafts(body).expect("a document");
    let expected = [
        ("first byte", Kind::Point, None, 2_000),
        ("load", Kind::End, Some(1_000), 3_000),
        ("mark", Kind::Point, None, 4_500),
        ("load", Kind::Start, None, 2_000),
    ];
    assert_eq!(brief(&drafts), expected);
}

#[test]
fn a_slice_that_begins_again_and_again_is_one_open_slice_at_a_time() {
    let begin = r#"{"ph":"b","name":"load","id":1,"ts":1}"#;
    let body = format!("[{}]", vec![begin; 65_537].join(","));
    let drafts = drafts(&body).expect("a document");
    assert_eq!(drafts.len(), 65_537);
    assert!(drafts.iter().all(|draft| draft.kind == Kind::Start));
}

#[test]
fn of_a_great_many_arguments_the_first_are_kept() {
    let arguments = (0..100_000).map(|key| format!("\"{key:06}\":{key}")).collect::<Vec<_>>().join(",");
    let body = format!(r#"[{{"ph":"i","name":"a","ts":1,"args":{{{arguments}}}}}]"#);
    let drafts = drafts(&body).expect("a document");
    let batch = batch(&drafts);
    let message = &batch.messages[0];
    assert_eq!((batch.attributes_of(message).len(), message.truncated), (128, true));
    assert_eq!(batch.attributes_of(message)[0], ("000000", upto::wire::Value::Int(0)));
}

#[test]
fn the_same_document_gives_the_same_ids() {
    let body = r#"[{"ph":"X","name":"a","ts":1,"dur":1},{"ph":"X","name":"a","ts":1,"dur":1}]"#;
    let (one, other) = (drafts(body).expect("a document"), drafts(body).expect("a document"));
    assert_eq!(one, other);
    assert_ne!(one[0].id, one[1].id);
}

#[test]
fn a_start_moves_everything() {
    let chrome = Chrome::open(br#"[{"ph":"i","name":"a","ts":1}]"#, Some(1_000_000)).expect("a document");
    let drafts: Vec<_> = chrome.drafts(TO).collect::<Result<_, _>>().expect("drafts");
    assert_eq!(drafts[0].time, 1_001_000);
}

#[test]
fn mistakes_are_told_with_the_number_of_the_event() {
    for (body, expected) in [
        (r#"[{"ph":"X","name":"a","dur":1}]"#, "event 1: its ts is no number"),
        (r#"[{"ph":"X","name":"a","ts":{},"dur":1}]"#, "event 1: its ts is no number"),
        (r#"[{"ph":"X","name":"a","ts":1,"dur":"x"}]"#, "event 1: its dur is no number"),
        (r#"[{"ph":"X","ts":1,"dur":1}]"#, "event 1: it has no name"),
        (r#"[{"ph":"i","name":"a","ts":253402300799000000}]"#, "outside of the years"),
        (r#"[{"ph":"i","name":7,"ts":1}]"#, "event 1: invalid type"),
        (r#"{"traceEvents":{}}"#, "a list of trace events"),
        (r#"{}"#, "missing field"),
        ("[x]", "expected value"),
        ("7", "invalid type"),
    ] {
        let error = drafts(body).expect_err(body).to_string();
        assert!(error.contains(expected), "{body}: {error}");
    }
    let deep =
        format!(r#"[{{"ph":"i","name":"a","ts":1,"args":{}{}}}]"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(drafts(&deep).is_ok(), "what is no map of arguments is passed over");
}
