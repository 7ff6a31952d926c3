//! Asking again for what one has: tags, 304, and what caches are told.

use serde_json::json;
use upto_server::Server;
use upto_server::doors::DoorSettings;
use upto_server::store::StoreUrl;
use ureq::http::{HeaderMap, Request};

use crate::support::{Client, TestServer};

struct Told {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Told {
    /// All values of a header, as one.
    fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().expect("text"));
        values.collect::<Vec<_>>().join(", ")
    }
}

fn ask(client: &Client, method: &str, path: &str, headers: &[(&str, &str)]) -> Told {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = Request::builder().method(method).uri(format!("{}{path}", client.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = agent.run(request.body("").expect("a request")).expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.into_with_config().limit(1 << 30).read_to_vec().expect("a body");
    Told { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn get(client: &Client, path: &str, known: &str) -> Told {
    ask(client, "GET", path, &[("if-none-match", known)])
}

fn filled() -> TestServer {
    let server = TestServer::start();
    server.post(
        r#"[{"context":"c","timeline":"t","name":"a.b","type":"start","time":1000000000,"id":7},
        {"context":"c","timeline":"t","name":"a.b","type":"end","time":3500000000,"id":7}]"#,
    );
    server
}

const TIMELINE: &str = "/api/contexts/c/timelines/t";

#[test]
fn what_did_not_change_is_not_sent_again() {
    let server = filled();
    for path in ["", "/events", "/tree", "/view", "/blame", "/metadata", "?skew=raw"] {
        let path = format!("{TIMELINE}{path}");
        let whole = ask(&server, "GET", &path, &[]);
        let tag = whole.header("etag");
        assert!(whole.status == 200 && tag.starts_with("W/\""), "{path}: {} {tag}", whole.status);
        assert_eq!(whole.header("cache-control"), "no-cache");
        assert!(whole.header("vary").contains("accept-encoding"), "{path}");
        let again = get(&server, &path, &tag);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        for header in ["etag", "cache-control", "vary"] {
            assert_eq!(again.header(header), whole.header(header), "{path}: {header}");
        }
        assert_eq!((again.header("content-type").as_str(), again.header("date").is_empty()), ("", false));
    }
}

#[test]
fn a_change_is_seen_at_once() {
    let server = filled();
    let before = ask(&server, "GET", TIMELINE, &[]).header("etag");
    server.post(r#"{"context":"c","timeline":"t","name":"more","type":"event","time":4000000000}"#);
    let after = get(&server, TIMELINE, &before);
    assert_eq!((after.status, after.header("etag") == before), (200, false));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&after.body).expect("JSON")["events"]["total"],
        json!(2)
    );
}

#[test]
fn lists_of_tags_and_any_tag_are_understood() {
    let server = filled();
    let tag = ask(&server, "GET", "/api", &[]).header("etag");
    let strong = tag.trim_start_matches("W/").to_owned();
    for known in ["*", &tag, &strong, &format!("\"x,y\", W/\"z\" ,{strong}")] {
        assert_eq!(get(&server, "/api", known).status, 304, "{known}");
    }
    for other in ["", "\"\"", "W/\"x\"", strong.trim_matches('"'), "\"*\""] {
        assert_eq!(get(&server, "/api", other).status, 200, "{other}");
    }
    let two = ask(&server, "GET", "/api", &[("if-none-match", "\"x\""), ("if-none-match", &tag)]);
    assert_eq!(two.status, 304, "a list may be in several lines");
}

#[test]
fn asking_for_the_header_alone_tells_the_same() {
    let server = filled();
    let (whole, head) = (ask(&server, "GET", TIMELINE, &[]), ask(&server, "HEAD", TIMELINE, &[]));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), whole.header("etag"));
    let again = ask(&server, "HEAD", TIMELINE, &[("if-none-match", &whole.header("etag"))]);
    assert_eq!((again.status, again.header("etag")), (304, whole.header("etag")));
}

#[test]
fn errors_and_what_was_changed_have_no_tag() {
    let server = filled();
    let missing = get(&server, "/api/contexts/none", "*");
    assert_eq!((missing.status, missing.header("etag").as_str()), (404, ""));
    for method in ["PUT", "DELETE"] {
        let pinned = ask(&server, method, &format!("{TIMELINE}/pinned"), &[("if-none-match", "\"x\"")]);
        assert_eq!((pinned.status, pinned.header("etag").as_str()), (200, ""), "{method}");
    }
}

#[test]
fn the_tag_of_a_compressed_answer_is_the_same() {
    let server = filled();
    let plain = ask(&server, "GET", TIMELINE, &[]);
    for encoding in ["gzip", "zstd"] {
        let packed = ask(&server, "GET", TIMELINE, &[("accept-encoding", encoding)]);
        assert_eq!(
            (packed.header("content-encoding").as_str(), packed.header("etag")),
            (encoding, plain.header("etag"))
        );
        assert_eq!(packed.header("vary"), "accept-encoding");
        let known = [("accept-encoding", encoding), ("if-none-match", &plain.header("etag"))];
        assert_eq!(ask(&server, "GET", TIMELINE, &known).status, 304);
    }
    let packed = ask(&server, "GET", TIMELINE, &[("accept-encoding", "zstd")]).body;
    assert_eq!(zstd::decode_all(packed.as_slice()).expect("zstd"), plain.body);
}

#[test]
fn who_takes_no_coding_that_there_is_is_told_so_before_anything_is_done() {
    let (server, pinned) = (filled(), format!("{TIMELINE}/pinned"));
    for accepted in ["identity;q=0", "*;q=0", "br, identity;q=0"] {
        let header = [("accept-encoding", accepted)];
        for (method, path) in [("GET", TIMELINE), ("GET", "/"), ("PUT", pinned.as_str())] {
            let answer = ask(&server, method, path, &header);
            assert_eq!(
                (answer.status, answer.header("vary").as_str()),
                (406, "accept-encoding"),
                "{accepted}"
            );
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        assert_eq!(server.json(TIMELINE)["pinned"], false, "nothing was done");
    }
    let packed = ask(&server, "GET", TIMELINE, &[("accept-encoding", "gzip, identity;q=0")]);
    assert_eq!((packed.status, packed.header("content-encoding").as_str()), (200, "gzip"));
}

#[test]
fn what_is_not_for_everybody_is_kept_by_nobody_else() {
    let settings = DoorSettings::default();
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings));
    let order = r#"{"name":"r","scopes":["read"]}"#;
    let made = server.request("POST", "/api/tokens", "application/json", order.as_bytes()).json();
    let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
    let known = ask(&server, "GET", "/api", &[("authorization", &bearer)]);
    assert_eq!((known.status, known.header("cache-control").as_str()), (200, "private, no-cache"));
    let again = [("authorization", bearer.as_str()), ("if-none-match", &known.header("etag"))];
    assert_eq!(ask(&server, "GET", "/api", &again).status, 304);
    let stranger = get(&server, "/api", &known.header("etag"));
    assert_eq!((stranger.status, stranger.header("etag").as_str()), (401, ""), "the doors come first");
}
