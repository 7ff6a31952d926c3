use proptest::prelude::*;
use serde_json::Value as Json;
use upto::wire::{Status, Value};

use super::super::import::{self, Request};
use super::*;
use crate::decode::draft::{Destination, batch};
use crate::timeline::{Fold, Mark, MarkKind};

/// When the first event begins at the earliest.
const BASE: i64 = 1_795_000_000_000_000_000;

fn exported(format: Format, events: &[Event]) -> String {
    let mut writer = format.writer("c", "t", events.first().map_or(0, Event::first));
    let mut written = Vec::new();
    writer.begin(&mut written);
    events.chunks(3).for_each(|some| writer.write(some, &mut written));
    writer.end(&mut written);
    String::from_utf8(written).expect("text")
}

fn imported(format: import::Format, document: &str) -> Vec<Event> {
    let mut fold = Fold::default();
    let to = Destination { context: "c", timeline: "t" };
    let request = Request { format, start: None };
    let taken = import::take(document.as_bytes(), request, to, |drafts| {
        let batch = batch(drafts);
        let marks = batch.messages.iter().filter_map(|message| Mark::of(message, &batch, 0));
        marks.for_each(|mark| drop(fold.apply(&mark)));
        Ok(())
    });
    taken.unwrap_or_else(|refused| panic!("{refused:?}: {document}"));
    fold.settle();
    fold.events()
}

/// What a document says: in maps, the order of keys says nothing.
fn parsed(document: &str) -> Vec<Json> {
    serde_json::Deserializer::from_str(document).into_iter().collect::<Result<_, _>>().expect("JSON")
}

fn fold(marks: &[Mark<'_>]) -> Vec<Event> {
    let mut fold = Fold::default();
    marks.iter().for_each(|mark| drop(fold.apply(mark)));
    fold.settle();
    fold.events()
}

fn mark<'a>(kind: MarkKind, name: &'a str, time: i64, id: u64) -> Mark<'a> {
    Mark {
        kind,
        name,
        host: "",
        id,
        parent: 0,
        time: BASE + time,
        started: None,
        status: Status::Ok,
        text: "",
        attributes: &[],
        truncated: false,
    }
}

fn span<'a>(name: &'a str, id: u64, start: i64, end: i64) -> Mark<'a> {
    Mark { started: Some(BASE + start), ..mark(MarkKind::End, name, end, id) }
}

fn some_mark() -> impl Strategy<Value = Mark<'static>> {
    const NAMES: [&str; 6] = ["a", "a.b", "a.b.c", r"v1\.0", "=1+2", "<b>,\"\n☃"];
    const ATTRIBUTES: [(&str, Value<'static>); 8] = [
        ("a", Value::Bool(true)),
        ("b", Value::Int(-7)),
        ("c", Value::Uint(u64::MAX)),
        ("d", Value::Float(0.1)),
        ("e", Value::Text("x\0\u{202e}")),
        ("f", Value::Float(2.0)),
        ("upto", Value::Text("mine")),
        ("upto.path", Value::Bool(true)),
    ];
    let what = (0_usize..3, 0_usize..NAMES.len(), 0_u64..4, 0_u64..4, 0_usize..3);
    let times = (0_i64..5_000, prop::option::of(0_i64..5_000));
    let more = (0_usize..3, any::<bool>(), 0_usize..=ATTRIBUTES.len(), any::<bool>());
    (what, times, more).prop_map(
        |((kind, name, id, parent, host), (time, started), (status, has_text, count, cut))| {
            let kind = [MarkKind::Start, MarkKind::End, MarkKind::Point][kind];
            Mark {
                host: ["", "one", "=two"][host],
                parent,
                started: started.filter(|_| kind == MarkKind::End).map(|time| BASE + time),
                status: [Status::Ok, Status::Failed, Status::Cancelled][status],
                text: if has_text { "why\n" } else { "" },
                attributes: &ATTRIBUTES[..count],
                truncated: cut,
                ..mark(kind, NAMES[name], time, id)
            }
        },
    )
}

proptest! {
    #[test]
    fn what_was_exported_and_imported_is_exported_alike(marks in prop::collection::vec(some_mark(), 0..40)) {
        let events = fold(&marks);
        for (format, back) in [
            (Format::Json, import::Format::Json),
            (Format::Chrome, import::Format::Chrome),
            (Format::Otlp, import::Format::Otlp),
        ] {
            let document = exported(format, &events);
            let again = exported(format, &imported(back, &document));
            prop_assert_eq!(parsed(&document), parsed(&again));
        }
    }

    #[test]
    fn no_two_events_of_a_lane_overlap(marks in prop::collection::vec(some_mark(), 0..60)) {
        let document: Json = serde_json::from_str(&exported(Format::Chrome, &fold(&marks))).expect("JSON");
        let mut lanes = std::collections::HashMap::<(u64, u64), Vec<(f64, f64)>>::new();
        for event in document["traceEvents"].as_array().expect("events") {
            let (start, length) = (event["ts"].as_f64(), event["dur"].as_f64());
            let length = if event["ph"] == "B" { Some(f64::INFINITY) } else { length };
            let (Some(start), Some(length)) = (start, length) else { continue };
            let lane = (event["pid"].as_u64().expect("a pid"), event["tid"].as_u64().expect("a tid"));
            lanes.entry(lane).or_default().push((start, start + length));
        }
        for spans in lanes.values() {
            for (number, one) in spans.iter().enumerate() {
                for other in &spans[number + 1..] {
                    let apart = one.1 <= other.0 + 1e-6 || other.1 <= one.0 + 1e-6;
                    let within = (one.0 <= other.0 + 1e-6 && one.1 >= other.1 - 1e-6)
                        || (other.0 <= one.0 + 1e-6 && other.1 >= one.1 - 1e-6);
                    prop_assert!(apart || within, "{:?} and {:?}", one, other);
                }
            }
        }
    }
}

#[test]
fn chrome_has_a_process_for_each_host_and_lanes_for_what_overlaps() {
    let on = |host, mark: Mark<'static>| Mark { host, ..mark };
    let events = fold(&[
        on("ci", span("build", 1, 0, 10_000)),
        on("ci", span("build.a", 2, 1_000, 4_000)),
        on("ci", span("build.b", 3, 2_000, 6_000)),
        on("ci", mark(MarkKind::Start, "build.c", 5_000, 4)),
        on("ci", mark(MarkKind::End, "late", 7_500, 5)),
        on("other", mark(MarkKind::Point, "now", 8_000, 6)),
    ]);
    let document: Json = serde_json::from_str(&exported(Format::Chrome, &events)).expect("JSON");
    assert_eq!(document["otherData"]["upto"]["context"], "c");
    let events = document["traceEvents"].as_array().expect("events");
    let find = |name: &str| events.iter().find(|event| event["name"] == name).expect(name);
    let place = |name: &str| (find(name)["pid"].as_u64(), find(name)["tid"].as_u64());
    assert_eq!(place("build"), place("build.a"), "one is within the other");
    assert_ne!(place("build.a"), place("build.b"), "they overlap");
    assert_ne!(place("build.b"), place("build.c"));
    assert_ne!(place("build").0, place("now").0);
    assert_eq!(
        (&find("build.a")["ph"], &find("build.a")["ts"], &find("build.a")["dur"]),
        (&"X".into(), &1.0.into(), &3.0.into())
    );
    assert_eq!((&find("build.c")["ph"], &find("build.c")["dur"]), (&"B".into(), &Json::Null));
    assert_eq!((&find("late")["ph"], &find("late")["cat"]), (&"i".into(), &"unknown_start".into()));
    let processes = events.iter().filter(|event| event["name"] == "process_name");
    let names: Vec<_> = processes.map(|event| event["args"]["name"].as_str()).collect();
    assert_eq!(names, [Some("ci"), Some("other")]);
}

#[test]
fn csv_has_no_formulas() {
    let names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", "plain, \"quoted\"\n"];
    let marks: Vec<_> = (1..).zip(names).map(|(id, name)| span(name, id, 0, 1_500_000_000)).collect();
    let text = exported(Format::Csv, &fold(&marks));
    let mut reader = ::csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let mut read: Vec<String> =
        reader.records().map(|record| record.expect("a record")[0].to_owned()).collect();
    read.sort();
    let mut expected: Vec<String> = names[..6].iter().map(|name| format!("'{name}")).collect();
    expected.push(names[6].to_owned());
    expected.sort();
    assert_eq!(read, expected);
    let head = "name,host,id,parent,start,end,duration_seconds,state,message,truncated,attributes\r\n";
    assert!(text.starts_with(head), "{text}");
    assert!(
        text.contains("2026-11-18T11:06:40.000000000Z,2026-11-18T11:06:41.500000000Z,1.5,done,,false,"),
        "{text}"
    );
}

#[test]
fn nothing_at_all_is_a_document_too() {
    for (format, expected) in [(Format::Json, ""), (Format::Otlp, "{\"resourceSpans\":[\n]}\n")] {
        assert_eq!(exported(format, &[]), expected);
    }
    let document: Json = serde_json::from_str(&exported(Format::Chrome, &[])).expect("JSON");
    assert_eq!(document["traceEvents"], Json::Array(Vec::new()));
}
