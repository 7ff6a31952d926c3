//! Questions about timelines, asked over HTTP.

mod bad_input;
mod columns;
mod earlier;
mod walk;

use serde_json::{Value, json};

use crate::support::{Client, TestServer};

/// Name, start and end in seconds, host.
type Told<'a> = (&'a str, f64, Option<f64>, &'a str);

/// To the microsecond.
fn nanoseconds(seconds: f64) -> i64 {
    let duration = std::time::Duration::from_secs_f64(seconds);
    i64::try_from(duration.as_micros()).expect("a time") * 1_000
}

/// Sends events with ids, from 1 on; `status` is that of the last one.
fn send(client: &Client, context: &str, timeline: &str, events: &[Told<'_>], status: &str) {
    let mut messages = Vec::new();
    for (id, (name, start, end, host)) in (1..).zip(events) {
        let message = |kind: &str, time: f64| {
            json!({"context": context, "timeline": timeline, "name": name, "type": kind, "host": host, "id": id,
                "time": nanoseconds(time)})
        };
        messages.push(message("start", *start));
        if let Some(end) = end {
            let mut message = message("end", *end);
            message["status"] = json!(if id == events.len() { status } else { "ok" });
            messages.push(message);
        }
    }
    client.post(&json!(messages).to_string());
}

/// A timeline whose steps follow each other, of these lengths.
fn steps(client: &Client, timeline: &str, begin: f64, lengths: &[(&str, f64)], status: &str) {
    let mut at = begin;
    let step = |(name, length): &(&'static str, f64)| {
        at += length;
        (*name, at - length, Some(at), "")
    };
    let owned: Vec<(&'static str, f64)> =
        lengths.iter().map(|(name, length)| (leaked(name), *length)).collect();
    let events: Vec<Told<'_>> = owned.iter().map(step).collect();
    send(client, "c", timeline, &events, status);
}

/// Names in tests are few.
fn leaked(name: &str) -> &'static str {
    ["build.compile", "build.link", "test", "deploy"]
        .into_iter()
        .find(|known| *known == name)
        .expect("a known name")
}

fn sum(values: &Value, key: &str) -> f64 {
    values.as_array().expect("an array").iter().map(|each| each[key].as_f64().expect("a number")).sum()
}

fn assert_near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-6, "{one} is not {other}");
}

const NESTED: [Told<'_>; 4] = [
    ("r", 0.0, Some(12.0), "h"),
    ("r.a", 0.0, Some(4.0), "h"),
    ("r.b", 4.0, Some(10.0), "h"),
    ("r.c", 1.0, Some(2.0), "g"),
];

#[test]
fn a_view_has_rows_with_bars_of_what_was_asked_for() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    let base = "/api/contexts/c/timelines/t/view";
    let view = server.json(&format!("{base}?width=1200"));
    let labels = |view: &Value| -> Vec<String> {
        let rows = view["rows"].as_array().expect("rows").iter();
        rows.map(|row| row["label"].as_str().expect("a label").to_owned()).collect()
    };
    assert_eq!(
        (labels(&view), &view["row_count"]),
        (["r", "a", "c", "b"].map(str::to_owned).to_vec(), &json!(4))
    );
    assert_eq!(
        (&view["from"], &view["to"]),
        (&json!("1970-01-01T00:00:00.000000000Z"), &json!("1970-01-01T00:00:12.000000001Z"))
    );
    // From, length, count, state, name, duration, host, id.
    let bar = &view["rows"][3]["bars"][0];
    let name = usize::try_from(bar[4].as_u64().expect("a place")).expect("small");
    assert_eq!(
        (&bar[0], &bar[1], &bar[2], &bar[3]),
        (&json!(4_000_000_000_u64), &json!(6_000_000_000_u64), &json!(1), &json!("done"))
    );
    assert_eq!((&view["names"][name], &bar[7]), (&json!("r.b"), &json!(3)));
    let key = view["rows"][0]["key"].as_str().expect("a key").to_owned();
    let collapsed = server.json(&format!("{base}?collapsed={key}&to=1970-01-01T00:00:06Z&from=1000000000"));
    assert_eq!(
        (labels(&collapsed), &collapsed["rows"][0]["collapsed"]),
        (vec!["r".to_owned()], &json!(true))
    );
    assert_eq!(collapsed["rows"][0]["events"], 4);
    assert_eq!(labels(&server.json(&format!("{base}?level=0"))), ["r"]);
    assert_eq!(labels(&server.json(&format!("{base}?rows=2&offset=1"))), ["a", "c"]);
    assert_eq!(labels(&server.json(&format!("{base}?group=host"))), ["h", "r", "a", "b", "g", "r", "c"]);
    assert_eq!(labels(&server.json(&format!("{base}?min_duration=3"))), ["r", "a", "b"]);
    let link = collapsed["_links"]["self"]["href"].as_str().expect("a link");
    assert_eq!(server.json(link), collapsed);
    // What comes later is seen.
    send(&server, "c", "t", &[("z", 13.0, None, "")], "ok");
    let view = server.json(base);
    assert_eq!(
        (labels(&view).last().map(String::as_str), &view["rows"][4]["running_count"]),
        (Some("z"), &json!(1))
    );
}

#[test]
fn a_critical_path_covers_all_time_once_and_says_what_would_be() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    let base = "/api/contexts/c/timelines/t/critical-path";
    let path = server.json(&format!("{base}?what_if=r.b&factor=0.5"));
    assert_eq!((&path["duration_seconds"], &path["estimated"]), (&json!(12.0), &json!(true)));
    for part in ["sections", "names"] {
        assert_near(
            sum(&path[part], "share") + path[format!("other_{part}")]["share"].as_f64().expect("a share"),
            1.0,
        );
        assert_near(sum(&path[part], "duration_seconds"), 12.0);
    }
    let names: Vec<_> =
        path["sections"].as_array().expect("sections").iter().map(|each| &each["event"]["name"]).collect();
    assert_eq!(names, ["r.a", "r.b", "r"]);
    let beside = &path["beside"];
    assert_eq!((beside[0]["name"].as_str(), beside.as_array().map(Vec::len)), (Some("r.c"), Some(1)));
    assert!(beside[0]["slack_seconds"].as_f64() > Some(0.0), "{beside}");
    assert_eq!(
        (&path["what_if"]["change_seconds"], &path["what_if"]["duration_seconds"]),
        (&json!(-3.0), &json!(9.0))
    );
    let limited = server.json(&format!("{base}?limit=1"));
    assert_eq!(
        (&limited["sections"][0]["event"]["name"], &limited["other_sections"]["count"]),
        (&json!("r.b"), &json!(2))
    );
    assert_near(
        limited["sections"][0]["share"].as_f64().expect("a share")
            + limited["other_sections"]["share"].as_f64().expect("a share"),
        1.0,
    );
    let of_event = server.json(&format!("{base}?event=r.c&host=g&id=4"));
    assert_eq!((&of_event["duration_seconds"], &of_event["event"]["host"]), (&json!(1.0), &json!("g")));
    for unknown in ["event=nothing", "event=r.c&host=h", "event=r.c&id=7", "what_if=nothing"] {
        server.get(&format!("{base}?{unknown}")).problem(404);
    }
    // Nothing has ended: there is no path, and it is not invented.
    send(&server, "c", "open", &[("o", 0.0, None, "")], "ok");
    let path = server.json("/api/contexts/c/timelines/open/critical-path");
    assert_eq!((&path["duration_seconds"], &path["left_out"]["open"]), (&Value::Null, &json!(1)));
    server.get("/api/contexts/c/timelines/open/critical-path?event=o").problem(404);
}

#[test]
fn the_order_of_earlier_timelines_is_learned() {
    let server = TestServer::start();
    for (run, begin) in [("1", 0.0), ("2", 100.0), ("3", 200.0)] {
        steps(&server, run, begin, &[("build.compile", 3.0), ("build.link", 2.0)], "ok");
    }
    let path = server.json("/api/contexts/c/timelines/3/critical-path");
    assert_eq!(path["learned_from"], 2);
    assert_eq!(server.json("/api/contexts/c/timelines/1/critical-path")["learned_from"], 0);
}

#[test]
fn causes_add_up_to_the_difference() {
    let server = TestServer::start();
    steps(&server, "1", 0.0, &[("build.compile", 3.0), ("build.link", 2.0), ("test", 5.0)], "ok");
    steps(&server, "2", 100.0, &[("build.compile", 1.0), ("test", 0.5)], "failed");
    steps(&server, "3", 200.0, &[("build.compile", 7.0), ("test", 4.0), ("deploy", 2.0)], "ok");
    let base = "/api/contexts/c/timelines";
    let comparison = server.json(&format!("{base}/3/compare"));
    assert_eq!(comparison["with"], "1", "the second one failed");
    assert_eq!(
        (&comparison["before_seconds"], &comparison["after_seconds"], &comparison["difference_seconds"]),
        (&json!(10.0), &json!(13.0), &json!(3.0))
    );
    assert_near(sum(&comparison["causes"], "effect_seconds"), 3.0);
    let cause = &comparison["causes"][0];
    assert_eq!(
        (&cause["row"], &cause["kind"], &cause["effect_seconds"]),
        (&json!("build.compile"), &json!("grew"), &json!(4.0))
    );
    assert_eq!(cause["occurrences"][0]["change_seconds"], 4.0);
    let with = comparison["_links"]["upto:with"]["href"].as_str().expect("a link");
    assert_eq!(server.json(with)["name"], "1");
    let other = server.json(&format!("{base}/3/compare?with=2&limit=1"));
    let told = sum(&other["causes"], "effect_seconds")
        + other["other_causes"]["effect_seconds"].as_f64().expect("seconds");
    assert_near(told, 11.5);
    assert_eq!(other["causes"].as_array().map(Vec::len), Some(1));
    let problem = server.get(&format!("{base}/1/compare")).problem(404);
    assert!(problem.contains("all went well"), "{problem}");
    server.get(&format!("{base}/3/compare?with=nothing")).problem(404);
}

#[test]
fn blame_adds_up_to_the_timeline() {
    let server = TestServer::start();
    send(
        &server,
        "c",
        "t",
        &[("a", 0.0, Some(4.0), ""), ("b", 2.0, Some(6.0), ""), ("c.d", 8.0, Some(9.0), "")],
        "ok",
    );
    let base = "/api/contexts/c/timelines/t/blame";
    for query in ["", "?by=total&limit=1", "?by=drag&limit=2"] {
        let blame = server.json(&format!("{base}{query}"));
        let own = sum(&blame["slowest"], "self_seconds")
            + blame["others"]["self_seconds"].as_f64().expect("seconds");
        assert_near(own + blame["idle_seconds"].as_f64().expect("seconds"), 9.0);
        assert_eq!((&blame["duration_seconds"], &blame["idle_seconds"]), (&json!(9.0), &json!(2.0)));
    }
    let blame = server.json(base);
    assert_eq!(
        (&blame["slowest"][0]["name"], &blame["slowest"][0]["self_seconds"]),
        (&json!("a"), &json!(3.0))
    );
    assert_eq!(blame["slowest"][2]["name"], "c.d");
}

#[test]
fn a_tree_says_what_the_events_of_each_name_amount_to() {
    let server = TestServer::start();
    let more = [("r.a", 20.0, Some(22.0), "g"), ("r.a", 30.0, None, "g"), ("r.a", 40.0, Some(46.0), "")];
    send(&server, "c", "t", &[&NESTED[..], &more].concat(), "cancelled");
    let base = "/api/contexts/c/timelines/t/tree";
    let tree = server.json(base);
    let (root, a) = (&tree["roots"][0], &tree["roots"][0]["children"][0]);
    assert_eq!(
        (&a["name"], &a["occurrences"], &a["total_seconds"]),
        (&json!("r.a"), &json!(4), &json!(12.0))
    );
    assert_eq!(
        a["own"],
        json!({"open": 1, "failed": 0, "cancelled": 1, "unknown_start": 0, "points": 0, "busy_seconds": 12.0,
            "self_seconds": 12.0, "min_seconds": 2.0, "median_seconds": 4.0, "p95_seconds": 6.0, "max_seconds": 6.0})
    );
    assert_eq!(
        (&root["hosts"], &root["own"]["self_seconds"], &root["open"]),
        (&json!(["g", "h"]), &json!(2.0), &json!(1))
    );
    let by_hosts = server.json(&format!("{base}?group=host"));
    let names: Vec<_> = by_hosts["roots"]
        .as_array()
        .expect("roots")
        .iter()
        .filter_map(|root| root["name"].as_str())
        .collect();
    assert_eq!(names, ["h", "g", ""]);
    server.get(&format!("{base}?group=colour")).problem(400);
}
