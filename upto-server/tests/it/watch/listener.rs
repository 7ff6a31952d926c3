//! Alerts to somebody who listens to HTTP, and answers as a test wants.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::StoreUrl;
use upto_server::watch::WatchSettings;
use upto_server::watch::alerts::{AlertSettings, Destination, Policy, PushoverSettings, Rule, Webhook};

use super::{items, pulse, send};
use crate::support::{TestServer, command};

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Take,
    Fail,
    /// For good.
    Refuse,
    Hang,
    Close,
}

/// What came: the key, and the body.
pub(crate) type Told = (String, Value);

/// Somebody who listens.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) url: String,
    told: Arc<Mutex<Vec<Told>>>,
    /// For the next requests; after those, all are taken.
    manners: Arc<Mutex<Vec<Manner>>>,
}

impl Listener {
    pub(crate) fn start(manners: &[Manner]) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", socket.local_addr().expect("an address"));
        let (told, manners) = (Arc::default(), Arc::new(Mutex::new(manners.to_vec())));
        let listener = Listener { url, told, manners };
        let own = listener.clone();
        thread::spawn(move || {
            for stream in socket.incoming() {
                let own = own.clone();
                thread::spawn(move || own.hear(stream.expect("a connection")));
            }
        });
        listener
    }

    /// One request for each connection.
    fn hear(&self, mut stream: TcpStream) {
        let mut manners = self.manners.lock().expect("not poisoned");
        let manner = if manners.is_empty() { Manner::Take } else { manners.remove(0) };
        drop(manners);
        let told = read(&stream);
        let status = match manner {
            Manner::Close => return,
            // Until the one who asks gives up.
            Manner::Hang => return drop(stream.read(&mut [0])),
            Manner::Fail => "500 Oh",
            Manner::Refuse => "400 No",
            Manner::Take => "200 OK",
        };
        if manner == Manner::Take {
            self.told.lock().expect("not poisoned").extend(told);
        }
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }

    /// From now on, every request is taken.
    pub(crate) fn takes_all(&self) {
        self.manners.lock().expect("not poisoned").clear();
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().expect("not poisoned").clone()
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        self.told().iter().map(|(_, body)| body["title"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Everything is told to this one, soon, and soon again where that fails.
    pub(crate) fn settings(&self) -> WatchSettings {
        let webhook = Webhook { url: self.url.clone().into(), headers: Vec::new(), template: None };
        self.settings_for(Destination::Webhook(webhook))
    }

    pub(crate) fn settings_for(&self, destination: Destination) -> WatchSettings {
        let millisecond = Duration::from_millis(1);
        let policy = Policy {
            gather: millisecond,
            retry_from: millisecond,
            timeout: 200 * millisecond,
            ..Policy::default()
        };
        let alerts = AlertSettings {
            targets: BTreeMap::from([("me".to_owned(), destination)]),
            rules: vec![Rule::of_all("*", ["me"])],
            policy,
            ..AlertSettings::default()
        };
        WatchSettings { alerts, ..WatchSettings::default() }
    }
}

fn read(stream: &TcpStream) -> Option<Told> {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => value.clone_into(&mut key),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((key, serde_json::from_slice(&body).ok()?))
}

fn server(settings: WatchSettings) -> TestServer {
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).watch(settings))
}

#[test]
fn a_death_and_a_recovery_are_told_each_once() {
    let listener = Listener::start(&[]);
    let server = server(listener.settings());
    pulse(&server, "s", 0.05);
    server.eventually("the death", || (listener.titles().len() == 1).then_some(()));
    pulse(&server, "s", 3_600.0);
    server.eventually("the recovery", || (listener.titles().len() == 2).then_some(()));
    assert_eq!(listener.titles(), ["Service s has not pulsed", "Service s is pulsing again"]);
    let (key, body) = &listener.told()[0];
    assert_eq!((&body["key"], &body["alerts"][0]["turn"]), (&json!(key), &json!("problem")));
    let alerts = server.eventually("both are done", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.iter().all(|alert| alert["state"] == "sent").then_some(alerts)
    });
    assert_eq!(alerts.len(), 2);
}

#[test]
fn who_fails_hangs_or_closes_is_told_again_until_they_take_it() {
    let listener = Listener::start(&[Manner::Fail, Manner::Hang, Manner::Close]);
    let server = server(listener.settings());
    pulse(&server, "s", 0.05);
    server.eventually("the death", || (listener.titles().len() == 1).then_some(()));
    let alert = server.eventually("it is done", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.into_iter().find(|alert| alert["state"] == "sent")
    });
    assert_eq!(alert["attempts"], 4);
}

#[test]
fn a_line_that_somebody_has_to_be_told_of_is_one_in_the_journal_too() {
    let listener = Listener::start(&[]);
    let server = server(listener.settings());
    let line = json!({"service": "s", "message": "out of paper", "level": 2, "alert": true});
    assert_eq!(send(&server, "POST", "/api/journal", &line).status, 201);
    server.post(r#"{"type":"log","name":"s","text":"out of ink","attrs":{"alert":true}}"#);
    server.eventually("both", || (listener.titles().len() == 2).then_some(()));
    assert_eq!(listener.titles(), ["s: out of paper", "s: out of ink"]);
    let lines = server.eventually("both lines", || {
        Some(items(&server.json("/api/journal"))).filter(|lines| lines.len() == 2)
    });
    assert_eq!(
        (&lines[1]["message"], &lines[1]["alert"], &lines[1]["level"]),
        (&json!("out of paper"), &json!(true), &json!(2))
    );
}

#[test]
fn a_template_is_filled_in() {
    let listener = Listener::start(&[]);
    let webhook = Webhook {
        url: listener.url.clone().into(),
        headers: vec![("x-secret".to_owned(), "s".to_owned().into())],
        template: Some(json!({"text": "*{title}*", "n": 1})),
    };
    let server = server(listener.settings_for(Destination::Webhook(webhook)));
    pulse(&server, "s", 0.05);
    let told = server.eventually("the death", || listener.told().into_iter().next());
    assert_eq!(told.1, json!({"text": "*Service s has not pulsed*", "n": 1}));
}

/// Settings by which a phone is told.
fn phone(listener: &Listener) -> WatchSettings {
    let usual = listener.settings_for(Destination::Pushover("user".to_owned().into()));
    let pushover = PushoverSettings { url: listener.url.clone(), token: "token".to_owned().into() };
    WatchSettings { alerts: AlertSettings { pushover: Some(pushover), ..usual.alerts }, ..usual }
}

#[test]
fn a_phone_is_told_once_pushover_takes_it() {
    let listener = Listener::start(&[Manner::Fail, Manner::Hang, Manner::Close]);
    let server = server(phone(&listener));
    let line = json!({"service": "s", "message": "long ".repeat(1_000), "level": 2, "alert": true});
    assert_eq!(send(&server, "POST", "/api/journal", &line).status, 201);
    let alert = server.eventually("it is done", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.into_iter().find(|alert| alert["state"] == "sent")
    });
    assert_eq!(alert["attempts"], 4);
    let told = listener.told();
    let [(key, body)] = told.as_slice() else { panic!("{told:?}") };
    assert!(key.starts_with("journal/"), "{key}");
    assert_eq!((&body["token"], &body["user"]), (&json!("token"), &json!("user")));
    let length = |name: &str| body[name].as_str().expect("text").chars().count();
    // What Pushover takes at most.
    assert_eq!((length("title"), length("message")), (250, 1_024));
}

#[test]
fn who_refuses_for_good_is_not_asked_again() {
    let listener = Listener::start(&[Manner::Refuse]);
    let server = server(phone(&listener));
    pulse(&server, "s", 0.05);
    let alert = server.eventually("it is given up", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.into_iter().find(|alert| alert["state"] == "given-up")
    });
    assert_eq!(
        (&alert["attempts"], &alert["problem"]),
        (&json!(1), &json!("the answer was 400 Bad Request"))
    );
    server.eventually("the line about it", || {
        let lines = items(&server.json("/api/journal?service=^upto-server$"));
        let text = lines.first()?["message"].as_str()?.to_owned();
        (text.contains("did not reach target me") && !text.contains("token")).then_some(())
    });
    assert_eq!(listener.titles(), [] as [String; 0]);
}

#[test]
fn the_command_sends_a_test_in_each_way_of_http() {
    let listener = Listener::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upto.yaml");
    let alerts = json!({
        "pushover": {"token": "token", "url": listener.url},
        "targets": {
            "phone": {"pushover": "user"},
            "chat": {"webhook": listener.url, "preset": "slack"},
            "hook": {"webhook": listener.url, "template": {"what": ["{title}"]}},
        },
    });
    // What is JSON is YAML.
    std::fs::write(&file, json!({"watch": {"alerts": alerts}}).to_string()).expect("written");
    for target in ["phone", "chat", "hook", "pushover:other"] {
        let output = command().args(["alerts", "test", target, "--config"]).arg(&file).output();
        let output = output.expect("the binary");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("sent to {target}\n"));
    }
    let told: Vec<_> = listener.told().into_iter().map(|(_, body)| body).collect();
    assert_eq!((&told[0]["user"], &told[3]["user"]), (&json!("user"), &json!("other")));
    assert!(told[1]["text"].as_str().is_some_and(|text| text.starts_with("*Alerts arrive*\n")), "{told:?}");
    assert_eq!(told[2], json!({"what": ["Alerts arrive"]}));
}
