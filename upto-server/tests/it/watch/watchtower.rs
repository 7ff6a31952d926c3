//! watchTower's protocol, as its clients speak it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::StoreUrl;
use upto_server::watch::WatchSettings;

use super::send;
use crate::support::{Answer, Client, TestServer};

/// The one line of an answer.
fn line(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"), "{answer:?}");
    let text = std::str::from_utf8(&answer.body).expect("UTF-8");
    assert!(text.ends_with('\n') && text.lines().count() == 1, "{text:?}");
    serde_json::from_str(text).expect("JSON")
}

fn get(client: &Client, path: &str) -> Value {
    line(&client.get(path))
}

fn post(client: &Client, path: &str, body: &Value) -> Value {
    line(&send(client, "POST", path, body))
}

fn refused(hint: &str) -> Value {
    json!({"hint": hint, "result": 500})
}

/// What a server answers, byte for byte.
fn raw(client: &Client, request: &str) -> String {
    let address = client.url.strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = request.replace("HOST", address);
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_pulse_is_told_back_and_listed() {
    let server = TestServer::start();
    for (next, seconds) in [(json!(60), 60), (json!("60"), 60), (json!(60.9), 60)] {
        let body =
            json!({"service": "s", "alertType": "mail", "alertTarget": "me@example.org", "nextIn": next});
        for path in ["/", "/heartbeat"] {
            let told = post(&server, path, &body);
            let beat = &told["heartBeat"];
            assert_eq!((&told["action"], &told["result"]), (&json!("pulse"), &json!(200)));
            assert_eq!(
                (&beat["nextIn"], &beat["alerted"], &beat["cancelled"]),
                (&json!(seconds), &json!(false), &json!(false))
            );
            assert_eq!(
                (&beat["alertType"], &beat["alertTarget"]),
                (&json!("mail"), &json!("me@example.org"))
            );
            let (last, expected) =
                (beat["last"].as_i64().expect("a time"), beat["expected"].as_i64().expect("a time"));
            assert_eq!(expected, last + seconds);
        }
    }
    let listed = get(&server, "/heartbeats");
    assert_eq!((listed["heartBeats"].as_array().map(Vec::len), &listed["result"]), (Some(1), &json!(200)));
    for path in ["/heartbeat/s", "/get/s"] {
        assert_eq!(get(&server, path)["heartBeat"], listed["heartBeats"][0]);
    }
    assert_eq!(get(&server, "/heartbeat/none"), refused("service not found"));
}

#[test]
fn what_is_missing_is_told_in_its_order() {
    let server = TestServer::start();
    let mut body = json!({});
    for (missing, field, value) in [
        ("no service provided", "service", json!("s")),
        ("no nextIn provided", "nextIn", json!(5)),
        ("no alert target provided", "alertTarget", json!("me@example.org")),
        ("no alert type provided", "alertType", json!("mail")),
    ] {
        assert_eq!(post(&server, "/heartbeat", &body), refused(missing));
        body[field] = value;
    }
    for next in [json!(0), json!(-1), json!("soon"), json!(1e12), json!([1])] {
        body["nextIn"] = next;
        let told = post(&server, "/heartbeat", &body);
        assert!(
            told["result"] == 500 && told["hint"].as_str().is_some_and(|hint| hint.contains("nextIn")),
            "{told}"
        );
    }
    for bad in ["", "{", "[]", "nonsense"] {
        let told = line(&server.request("POST", "/", "application/json", bad.as_bytes()));
        assert!(told["result"] == 500 && told["hint"].is_string(), "{bad}: {told}");
    }
    let large = vec![b'{'; 10 << 20];
    assert_eq!(line(&server.request("POST", "/", "application/json", &large))["result"], 500);
    assert_eq!(post(&server, "/event", &json!({"message": "m"})), refused("no service provided"));
    assert_eq!(post(&server, "/event", &json!({"service": "s"})), refused("no message provided"));
    let none = send(&server, "DELETE", "/", &json!({}));
    assert_eq!(line(&none), refused("no service provided"));
    assert_eq!(get(&server, "/heartbeats")["heartBeats"], json!([]));
}

#[test]
fn a_cancel_has_a_body_and_tells_what_it_cancelled() {
    let server = TestServer::start();
    let pulse = json!({"service": "a/b", "alertType": "mail", "alertTarget": "me@example.org", "nextIn": 5});
    post(&server, "/", &pulse);
    let told = line(&send(&server, "DELETE", "/heartbeat", &json!({"service": "a/b"})));
    assert_eq!((&told["action"], &told["heartBeat"]["cancelled"]), (&json!("cancel"), &json!(true)));
    let unknown = line(&send(&server, "DELETE", "/", &json!({"service": "x"})));
    assert_eq!(unknown, json!({"action": "cancel", "heartBeat": "x", "result": 200}));
    for path in ["/heartbeat/a%2Fb", "/heartbeat/a/b", "/get/a/b"] {
        assert_eq!(get(&server, path)["heartBeat"]["service"], "a/b", "{path}");
    }
    post(&server, "/", &pulse);
    assert_eq!(get(&server, "/heartbeats")["heartBeats"][0]["cancelled"], false);
}

#[test]
fn the_clients_of_each_language_are_understood() {
    let server = TestServer::start();
    // JavaScript: a form, whatever it says that it is.
    let form = "service=js&nextIn=60&alertType=mail&alertTarget=me%40example.org";
    for kind in ["application/x-www-form-urlencoded", "text/plain", "application/json"] {
        let told = line(&server.request("POST", "/heartbeat", kind, form.as_bytes()));
        assert_eq!(told["heartBeat"]["alertTarget"], "me@example.org", "{kind}: {told}");
    }
    // Java: levels are texts.
    let event = json!({"service": "java", "message": "m", "level": "3", "alert": "false"});
    assert_eq!(post(&server, "/add-event", &event), json!({"result": 200}));
    assert_eq!(get(&server, "/events")["events"][0]["level"], 3);
    // The page: two slashes.
    for path in ["//hello", "//heartbeats", "//events?service=java", "//pings"] {
        assert_eq!(get(&server, path)["result"], 200, "{path}");
    }
}

#[test]
fn events_come_back_as_they_were_sent_the_newest_first() {
    let server = TestServer::start();
    for message in ["\"quoted", "a;b\nc", "plain"] {
        post(&server, "/event", &json!({"service": "s", "message": message, "level": 2}));
    }
    let events = get(&server, "/events");
    let all: Vec<_> =
        events["events"].as_array().expect("events").iter().map(|event| event["message"].clone()).collect();
    assert_eq!(all, [json!("plain"), json!("a;b\nc"), json!("\"quoted")]);
    let first = &events["events"][0];
    assert_eq!(
        (&first["alert"], &first["level"], &first["service"]),
        (&json!(false), &json!(2), &json!("s"))
    );
    assert!(first["date"].is_i64());
    let count =
        |query: &str| get(&server, &format!("/list-events{query}"))["events"].as_array().map(Vec::len);
    for (query, expected) in [
        ("?service=S", 3),
        ("?message=PLAIN", 1),
        ("?level=3", 0),
        ("?level=x&from=y&to=z", 3),
        ("?from=4000000000", 0),
        ("?to=1000", 0),
        ("?from=0", 3),
    ] {
        assert_eq!(count(query), Some(expected), "{query}");
    }
    let bad = get(&server, "/events?service=(");
    assert!(bad["result"] == 500 && bad["hint"].is_string(), "{bad}");
}

#[test]
fn hello_tells_the_time_and_the_presets_and_dates_are_for_people_if_wanted() {
    let settings = WatchSettings {
        zone: "Europe/Paris".to_owned(),
        presets: vec![json!({"name": "bad", "level": 3})],
        ..WatchSettings::default()
    };
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).watch(settings));
    let hello = get(&server, "/hello");
    assert_eq!(
        (&hello["version"], &hello["eventsPresets"]),
        (&json!("0"), &json!([{"name": "bad", "level": 3}]))
    );
    assert!(hello["world"].as_i64().is_some_and(|now| now > 1_700_000_000));
    post(&server, "/", &json!({"service": "s", "alertType": "mail", "alertTarget": "a@b.c", "nextIn": 60}));
    let listed = get(&server, "/heartbeats?humanDates=1");
    let last = listed["heartBeats"][0]["last"].as_str().expect("a text").to_owned();
    assert!(last.len() == 19 && last.as_bytes()[10] == b' ' && last.starts_with("20"), "{last}");
}

#[test]
fn answers_are_compact_and_their_keys_are_sorted() {
    let server = TestServer::start();
    let body = r#"{"service":"s","alertType":"mail","alertTarget":"a@b.c","nextIn":60}"#;
    let request = format!(
        "POST /heartbeat HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&server, &request);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let last = answer.lines().last().expect("a line");
    let begin = r#"{"action":"pulse","heartBeat":{"alertTarget":"a@b.c","alertType":"mail","alerted":false,"cancelled":false,"expected":"#;
    assert!(
        last.starts_with(begin) && last.ends_with(r#","nextIn":60,"service":"s"},"result":200}"#),
        "{last}"
    );
}

#[test]
fn the_password_is_a_token_where_tokens_are_needed() {
    let server = TestServer::start();
    let order = json!({"name": "n", "scopes": ["admin"]});
    let token =
        send(&server, "POST", "/api/tokens", &order).json()["token"].as_str().expect("a token").to_owned();
    let ask = |method: &str, path: &str, header: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n{header}Content-Length: 2\r\n\r\n{{}}"
        );
        raw(&server, &request)
    };
    for (method, path) in [
        ("GET", "/heartbeats"),
        ("POST", "/"),
        ("DELETE", "/heartbeat"),
        ("GET", "/hello"),
        ("POST", "/event"),
    ] {
        for header in ["", "password: \r\n", "password: wrong\r\n"] {
            let answer = ask(method, path, header);
            assert!(answer.ends_with("{\"result\":403}\n"), "{method} {path} {header}: {answer}");
        }
    }
    for name in ["password", "Password", "PASSWORD"] {
        let answer = ask("GET", "/", &format!("{name}: {token}\r\n"));
        assert!(answer.ends_with("{\"heartBeats\":[],\"result\":200}\n"), "{answer}");
        assert!(answer.to_lowercase().contains("access-control-allow-origin: *"), "{answer}");
    }
    let question = ask(
        "OPTIONS",
        "/heartbeat",
        "Origin: https://page.example\r\nAccess-Control-Request-Method: POST\r\n",
    );
    let question = question.to_lowercase();
    assert!(
        question.starts_with("http/1.1 200") && question.contains("access-control-allow-headers: password"),
        "{question}"
    );
}

#[test]
fn a_browser_gets_the_page_and_who_wants_json_the_list() {
    let server = TestServer::start();
    let ask = |accept: &str| {
        raw(
            &server,
            &format!("GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept: {accept}\r\n\r\n"),
        )
    };
    assert!(ask("text/html,application/xhtml+xml,*/*;q=0.8").contains("<html"));
    assert!(ask("application/json").ends_with("{\"heartBeats\":[],\"result\":200}\n"));
}
