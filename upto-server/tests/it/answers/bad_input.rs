//! What nobody should ask: each is an error that says so, or a bounded answer.

use serde_json::json;

use super::{NESTED, send};
use crate::support::TestServer;

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    for query in [
        "view?width=0",
        "view?width=1000000000",
        "view?width=99999999999999999999",
        "view?width=-1",
        "view?from=5&to=5",
        "view?from=6000000000&to=5",
        "view?from=yesterday",
        "view?to=9999-12-31T00:00:00Z",
        "view?from=0001-01-01T00:00:00Z",
        "view?rows=1001",
        "view?rows=18446744073709551615",
        "view?collapsed=x",
        "view?collapsed=0123456789abcdef0",
        "view?opened=%3Cscript%3E",
        "view?min_duration=-1",
        "view?min_duration=NaN",
        "view?group=colour",
        "view?level=70000",
        "view?skew=wrong",
        "view?width=5&width=6",
        "columns?skew=wrong",
        "critical-path?factor=-1",
        "critical-path?factor=NaN",
        "critical-path?factor=1e300",
        "critical-path?limit=0",
        "critical-path?limit=10001",
        "critical-path?host=h",
        "critical-path?event=r&id=x",
        "compare?limit=0",
        "history?limit=61",
        "history?limit=x",
        "stuck?limit=-5",
        "stuck?limit=inf",
        "blame?by=luck",
        "blame?limit=0",
    ] {
        let problem = server.get(&format!("/api/contexts/c/timelines/t/{query}")).problem(400);
        assert!(!problem.is_empty(), "{query}");
    }
    for path in [
        "/api/contexts/c/stuck?limit=-5",
        "/api/contexts/c/history?limit=0",
        "/api/stuck?limit=x",
        "/api/stuck?cursor=x",
        "/api/stuck?cursor=px",
        "/api/stuck?cursor=n!0123456789abcdef0123456789abcdef",
    ] {
        server.get(path).problem(400);
    }
    let keys = vec!["0123456789abcdef"; 1_001].join(",");
    server.get(&format!("/api/contexts/c/timelines/t/view?collapsed={keys}")).problem(400);
}

#[test]
fn ranges_far_off_are_answered() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    for query in [
        "from=-9223372036854775808&to=9223372036854775807",
        "from=9223372036854775806&to=9223372036854775807",
        "from=-5&to=-4",
        "rows=0",
        "offset=18446744073709551615",
        "width=16384&rows=1000",
        "min_duration=1e300",
    ] {
        let view = server.json(&format!("/api/contexts/c/timelines/t/view?{query}"));
        assert!(view["rows"].is_array(), "{query}");
    }
}

#[test]
fn what_is_not_there_is_a_problem() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    for name in ["view", "columns", "critical-path", "compare", "history", "forecast", "stuck", "blame"] {
        server.get(&format!("/api/contexts/nothing/timelines/t/{name}")).problem(404);
        server.get(&format!("/api/contexts/c/timelines/nothing/{name}")).problem(404);
        assert_eq!(
            server.request("POST", &format!("/api/contexts/c/timelines/t/{name}"), "", b"").status,
            405
        );
    }
    server.get("/api/contexts/nothing/stuck").problem(404);
    server.get("/api/contexts/nothing/history").problem(404);
}

#[test]
fn hostile_names_are_data_everywhere() {
    let server = TestServer::start();
    let long = "é☃".repeat(2_048);
    for name in
        ["<script>alert(1)</script>", "..", "~", "a/b?c#d", "{?x}", "\u{202e}rtl", "nul\0nul", "{0}%s", &long]
    {
        for timeline in ["before", name] {
            let (at, end) = if timeline == name { (10, 13) } else { (0, 2) };
            let message = |kind: &str, time: i64| json!({"context": name, "timeline": timeline, "name": name, "host": name, "type": kind, "id": 1, "time": time * 1_000_000_000});
            server.post(&json!([message("start", at), message("end", end)]).to_string());
        }
        let timeline = server.json(&server.latest(name));
        for (relation, links) in timeline["_links"].as_object().expect("links") {
            let Some(href) = links["href"].as_str().filter(|_| links["templated"] == true) else { continue };
            let address = href.split('{').next().expect("an address");
            // It takes documents, and gives none.
            let expected = if relation == "upto:import" { 405 } else { 200 };
            assert_eq!(server.get(address).status, expected, "{relation} of {name:.50}");
        }
        let address = |relation: &str| {
            let href = timeline["_links"][format!("upto:{relation}")]["href"].as_str().expect("a link");
            href.split('{').next().expect("an address").to_owned()
        };
        let cause = &server.json(&address("compare"))["causes"][0];
        assert_eq!((cause["kind"].as_str(), cause["effect_seconds"].as_f64()), (Some("grew"), Some(1.0)));
        assert_eq!(server.json(&address("history"))["runs"][1]["timeline"], name);
    }
}
