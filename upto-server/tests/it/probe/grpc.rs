//! Our own protocol, and what all services have in common.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tonic::{Code, Request};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::collector_client::CollectorClient;
use upto_server::probe::protocol::v1::probes_client::ProbesClient;
use upto_server::probe::{Connector, Kept};
use upto_server::store::StoreUrl;

use super::{Counting, channel, client, counting, eventually_probes, numbers, pull, run};
use crate::support::TestServer;
use crate::watch::send;

fn watch(from: &[(&str, Option<u64>)]) -> v1::WatchRequest {
    let position = |(cluster, cursor): &(&str, Option<u64>)| v1::Position {
        cluster: (*cluster).to_owned(),
        cursor: *cursor,
    };
    v1::WatchRequest { from: from.iter().map(position).collect() }
}

#[test]
fn probes_are_pulled_by_a_cursor_and_stay() {
    let server = TestServer::start_with(counting("a"));
    eventually_probes(&server, "a", 5);
    run(async {
        let mut client = client(&server).await;
        let first = client.pull(pull("a", 0, 2)).await.expect("probes").into_inner();
        assert_eq!((numbers(&first.probes), first.cursor, first.more), (vec![1, 2], 2, true));
        let again = client.pull(pull("a", 0, 2)).await.expect("probes").into_inner();
        assert_eq!(again, first);
        let next = client.pull(pull("a", first.cursor, 2)).await.expect("probes").into_inner();
        assert_eq!(numbers(&next.probes), [3, 4]);
        assert_eq!(next.probes[0].figures["count"], 2.0);
        for (cluster, cursor, code) in [("b", 0, Code::NotFound), ("a", 1 << 40, Code::OutOfRange)] {
            let status = client.pull(pull(cluster, cursor, 0)).await.expect_err("nothing there");
            assert_eq!(status.code(), code, "{status:?}");
        }
    });
}

#[test]
fn a_stream_tells_every_probe_from_its_cursor_on() {
    let server = TestServer::start_with(counting("a"));
    eventually_probes(&server, "a", 3);
    run(async {
        let mut client = client(&server).await;
        for (request, first) in [(watch(&[("a", Some(1))]), Some(2)), (watch(&[]), None)] {
            let mut stream = client.watch(request).await.expect("a stream").into_inner();
            let mut told = Vec::new();
            while told.len() < 6 {
                let reply = stream.message().await.expect("it goes on").expect("more");
                assert_eq!(reply.missed, []);
                told.extend(numbers(&reply.probes));
            }
            let begin = first.unwrap_or(told[0]);
            assert_eq!(told, (begin..begin + told.len() as u64).collect::<Vec<_>>());
        }
        let future = client.watch(watch(&[("a", Some(1 << 40))])).await.expect_err("from the future");
        assert_eq!(future.code(), Code::OutOfRange);
        assert_eq!(client.watch(watch(&[("b", None)])).await.expect_err("unknown").code(), Code::NotFound);
    });
}

#[test]
fn who_was_away_too_long_is_told_how_many_are_gone() {
    let connector: Arc<dyn Connector> = Arc::new(Counting::default());
    let builder = Server::builder().store(StoreUrl::Memory);
    let kept = Kept { count: 3, ..Kept::default() };
    let server = TestServer::start_with(builder.connector("a", connector, kept));
    eventually_probes(&server, "a", 10);
    run(async {
        let mut client = client(&server).await;
        let mut stream = client.watch(watch(&[("a", Some(1))])).await.expect("a stream").into_inner();
        let reply = stream.message().await.expect("it goes on").expect("more");
        let first = reply.probes[0].number;
        assert!(first >= 8, "{first}");
        assert_eq!(reply.missed, [v1::Missed { cluster: "a".into(), count: first - 2 }]);
        let pulled = client.pull(pull("a", 2, 0)).await.expect("probes").into_inner();
        assert_eq!(pulled.missed, pulled.probes[0].number - 3);
    });
}

#[test]
fn commands_are_those_of_the_server_and_of_the_connector() {
    let server = TestServer::start_with(counting("a"));
    eventually_probes(&server, "a", 1);
    run(async {
        let mut client = client(&server).await;
        let request = |command: &str| v1::CommandRequest {
            cluster: "a".into(),
            command: command.into(),
            argument: "this".into(),
        };
        let mut ask = async |command: &str| {
            let reply = client.command(request(command)).await;
            reply.map(|reply| reply.into_inner().output).map_err(|status| status.code())
        };
        assert_eq!(ask("echo").await, Ok("echo this".into()));
        let health: Value = serde_json::from_str(&ask("health").await.expect("an answer")).expect("JSON");
        assert_eq!((&health["state"], &health["stale"]), (&json!("up"), &json!(false)));
        let info: Value = serde_json::from_str(&ask("info").await.expect("an answer")).expect("JSON");
        let commands: Vec<_> =
            info["commands"].as_array().expect("a list").iter().map(|each| &each["name"]).collect();
        assert_eq!(commands, ["health", "info", "echo", "drain", "hang", "break"]);
        assert_eq!(ask("dance").await, Err(Code::Unimplemented));
        let mut hanging = Request::new(request("hang"));
        hanging.set_timeout(Duration::from_millis(50));
        let status = client.command(hanging).await.expect_err("it hangs");
        assert!([Code::DeadlineExceeded, Code::Cancelled].contains(&status.code()), "{status:?}");
        let large = v1::CommandRequest { argument: "x".repeat(200 << 10), ..request("echo") };
        let status = client.command(large).await.expect_err("too large");
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(status.message().contains("limit is: 131072 bytes"), "{status:?}");
    });
}

#[test]
fn commands_that_change_something_are_in_the_audit_log() {
    let server = TestServer::start_with(counting("the shop"));
    let tell = |command: &str, argument: &str| {
        let argument = argument.to_owned();
        let request = v1::CommandRequest { command: command.into(), argument, ..command_of("the shop") };
        run(async { client(&server).await.command(request).await.map_err(|status| status.code()) })
    };
    tell("echo", "softly").expect("it changes nothing");
    tell("drain", "with a secret").expect("it may do everything");
    assert_eq!(tell("break", "").expect_err("it is broken"), Code::Unavailable);
    tell("dance", "").expect_err("there is no such command");
    let months = server.json("/api/audit");
    let log = server.json(months["_links"]["upto:latest"]["href"].as_str().expect("a month"));
    let lines = log["_embedded"]["item"].as_array().expect("lines");
    let action = |command: &str| json!(format!("POST /upto.v1.Probes/Command \"the shop\" \"{command}\""));
    let (drain, broken) = (action("drain"), action("break"));
    let told: Vec<_> = lines.iter().map(|line| (&line["action"], &line["status"])).collect();
    let (none, fine, unavailable) = (json!(null), json!(200), json!(503));
    let expected = [(&drain, &none), (&drain, &fine), (&broken, &none), (&broken, &unavailable)];
    assert_eq!(told, expected);
    assert_eq!(lines[0]["address"], "127.0.0.1");
    assert!(!log.to_string().contains("secret"), "{log}");
}

/// Makes a token with these properties, while nobody needs one; the token.
fn token(server: &TestServer, properties: &Value) -> String {
    let answer = send(server, "POST", "/api/tokens", properties);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["token"].as_str().expect("a token").to_owned()
}

fn with<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}").parse().expect("text");
    request.metadata_mut().insert("authorization", bearer);
    request
}

#[test]
fn who_has_no_token_or_an_old_one_or_one_for_others_is_told_so() {
    let server = TestServer::start_with(counting("shop"));
    eventually_probes(&server, "shop", 1);
    let reader = json!({"name": "r", "scopes": ["read"], "contexts": ["shop"]});
    let token = token(&server, &reader);
    run(async {
        let mut client = ProbesClient::new(channel(&server.url).await);
        let none = client.pull(pull("shop", 0, 0)).await.expect_err("no token");
        assert_eq!(none.code(), Code::Unauthenticated);
        assert!(none.message().contains("needs a token"), "{none:?}");
        let wrong = with(pull("shop", 0, 0), "upto_0123456789abcdef_00");
        assert_eq!(client.pull(wrong).await.expect_err("worthless").code(), Code::Unauthenticated);
        client.pull(with(pull("shop", 0, 0), &token)).await.expect("it may read this one");
        let other = client.pull(with(pull("other", 0, 0), &token)).await.expect_err("not for this one");
        assert_eq!(other.code(), Code::PermissionDenied);
        let command = |name: &str| v1::CommandRequest { command: name.into(), ..command_of("shop") };
        client.command(with(command("echo"), &token)).await.expect("it may read");
        let drain = client.command(with(command("drain"), &token)).await.expect_err("it may only read");
        assert_eq!(drain.code(), Code::PermissionDenied);
        let mut collector = CollectorClient::new(channel(&server.url).await);
        let deliver = collector.deliver(with(v1::DeliverRequest::default(), &token)).await;
        assert_eq!(deliver.expect_err("it may not send").code(), Code::PermissionDenied);
    });
}

#[test]
fn what_is_not_taken_is_told_and_keeps_nothing_else_from_being_stored() {
    let server = TestServer::start();
    let token = token(&server, &json!({"name": "c", "scopes": ["send", "read"], "contexts": ["a"]}));
    let of = |cluster: &str, state: v1::State| v1::Probe {
        cluster: cluster.into(),
        state: state.into(),
        ..v1::Probe::default()
    };
    let brought =
        [("b", v1::State::Up), ("a", v1::State::Up), ("b", v1::State::Up), ("a", v1::State::Unspecified)];
    let brought = brought.into_iter().chain([("other", v1::State::Down)]);
    let probes = (1..)
        .zip(brought)
        .map(|(number, (cluster, state))| v1::Delivered { number, probe: Some(of(cluster, state)) });
    let described = ["a", "b"].map(|name| v1::Cluster { name: name.into(), ..v1::Cluster::default() });
    let request = v1::DeliverRequest {
        collector: "run1".into(),
        clusters: described.into(),
        probes: probes.collect(),
        ..v1::DeliverRequest::default()
    };
    run(async {
        let mut collector = CollectorClient::new(channel(&server.url).await);
        let reply = collector.deliver(with(request, &token)).await.expect("taken").into_inner();
        let refused: Vec<_> =
            reply.refused.iter().map(|refused| (refused.cluster.as_str(), refused.probes)).collect();
        assert_eq!((reply.through, refused), (5, vec![("a", 1), ("b", 2), ("other", 1)]));
        assert!(reply.refused[1].reason.contains("not for this cluster"), "{reply:?}");
        let mut reader = ProbesClient::new(channel(&server.url).await);
        let stored = reader.pull(with(pull("a", 0, 0), &token)).await.expect("read").into_inner();
        assert_eq!(stored.probes.len(), 1);
    });
}

#[test]
fn a_token_that_ends_ends_the_stream_too() {
    let clock = Arc::new(ManualClock::new(1_767_225_600_000_000_000));
    let server = TestServer::start_with(counting("shop").clock(clock.clone()));
    let expires = "2026-01-01T01:00:00Z";
    let reader = json!({"name": "r", "scopes": ["read"], "contexts": ["*"], "expires": expires});
    let token = token(&server, &reader);
    run(async {
        let mut client = client(&server).await;
        let mut stream = client.watch(with(watch(&[]), &token)).await.expect("let in").into_inner();
        stream.message().await.expect("it goes on").expect("more");
        clock.advance(Duration::from_secs(3_600));
        let ended = loop {
            match stream.message().await {
                Ok(reply) => assert!(reply.is_some(), "it has to be said why it ends"),
                Err(status) => break status,
            }
        };
        assert_eq!(ended.code(), Code::Unauthenticated);
        let refused = client.pull(with(pull("shop", 0, 0), &token)).await.expect_err("it has expired");
        assert_eq!(refused.code(), Code::Unauthenticated);
    });
}

fn command_of(cluster: &str) -> v1::CommandRequest {
    v1::CommandRequest { cluster: cluster.into(), ..v1::CommandRequest::default() }
}

#[test]
fn health_is_told_to_anybody() {
    let server = TestServer::start();
    run(async {
        use tonic_health::pb::HealthCheckRequest;
        use tonic_health::pb::health_check_response::ServingStatus;
        use tonic_health::pb::health_client::HealthClient;
        let mut client = HealthClient::new(channel(&server.url).await);
        for service in ["", "upto.v1.Probes", "dbmon.HealCheck"] {
            let answer =
                client.check(HealthCheckRequest { service: service.into() }).await.expect("an answer");
            assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
        }
        let unknown = client.check(HealthCheckRequest { service: "x".into() }).await.expect_err("unknown");
        assert_eq!(unknown.code(), Code::NotFound);
    });
}

#[test]
fn a_message_that_is_too_large_is_refused_and_all_else_goes_on() {
    let server = TestServer::start_with(counting("a"));
    run(async {
        let mut collector = CollectorClient::new(channel(&server.url).await);
        let name = "x".repeat(5 << 20);
        let status = collector.deliver(v1::DeliverRequest { name, ..v1::DeliverRequest::default() }).await;
        assert_eq!(status.expect_err("over 4 MiB").code(), Code::ResourceExhausted);
    });
    eventually_probes(&server, "a", 2);
}
