//! Tokens and TLS, in both directions.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use serde_json::json;
use upto::wire::Kind;
use upto_server::Server;
use upto_server::agent::{Agent, Target, TokenSource};
use upto_server::doors::{DoorSettings, TlsFiles};
use upto_server::store::StoreUrl;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{TestAgent, folder, single};
use crate::support::{Client, TestServer, command};

/// A token of a running server, in a file.
fn token(server: &Client, scopes: &str, folder: &Path) -> (String, PathBuf) {
    let order = format!(r#"{{"name":"t","scopes":[{scopes}]}}"#);
    let made = server.request("POST", "/api/tokens", "application/json", order.as_bytes());
    assert_eq!(made.status, 201, "{made:?}");
    let (id, file) = (made.json()["id"].as_str().expect("an id").to_owned(), folder.join("token"));
    fs::write(&file, made.json()["token"].as_str().expect("a token")).expect("written");
    (id, file)
}

fn certificate(folder: &Path) -> (DoorSettings, PathBuf) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let CertifiedKey::<KeyPair> { cert, signing_key } =
        generate_simple_self_signed(names).expect("a certificate");
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&key, signing_key.serialize_pem()).expect("written");
    fs::write(&certificate, cert.pem()).expect("written");
    let mut settings = DoorSettings::default();
    settings.tls = Some(TlsFiles { certificate: certificate.clone(), key });
    (settings, certificate)
}

/// A client that trusts only this certificate.
fn trusting(certificate: &Path) -> ureq::Agent {
    let pem = fs::read(certificate).expect("a certificate");
    let trusted = Certificate::from_pem(&pem).expect("a certificate");
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[trusted])).build();
    ureq::Agent::config_builder().tls_config(tls).build().into()
}

/// Asks a server for JSON, with a token.
fn agents(server: &Client, token: &Path) -> serde_json::Value {
    let token = fs::read_to_string(token).expect("a token");
    let token = token.trim();
    let answer = ureq::get(format!("{}/api/agents", server.url))
        .header("authorization", format!("Bearer {token}"))
        .call();
    let text = answer.expect("an answer").body_mut().read_to_string().expect("text");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_server_with_tokens_takes_nothing_without_one() {
    let (server, folder, spool) = (TestServer::start(), folder(), folder());
    let (id, file) = token(&server, r#""send","read""#, folder.path());
    let target = |token| Target { url: server.url.clone(), token, ca: None };
    let agent = TestAgent::start(Agent::builder(spool.path()).target(target(None)));
    agent.send(&single("a", Kind::Point, Some(1)));
    agent.eventually("it is spooled", || (agent.backlog() == 1).then_some(()));
    server.eventually("the refusal", || {
        let text = fs::read_to_string(&file).expect("a token");
        let answer = ureq::get(format!("{}/metrics", server.url))
            .header("authorization", format!("Bearer {text}"))
            .call();
        let text = answer.expect("an answer").body_mut().read_to_string().expect("text");
        text.contains("input=\"http\",reason=\"unauthorized\"").then_some(())
    });
    assert_eq!(agent.backlog(), 1);
    agent.stop();
    let _agent =
        TestAgent::start(Agent::builder(spool.path()).target(target(Some(TokenSource::File(file.clone())))));
    let told = server.eventually("the message", || {
        let told = agents(&server, &file)["_embedded"]["item"][0].clone();
        (told["messages"] == 1).then_some(told)
    });
    assert_eq!(told["token"], id);
}

#[test]
fn a_token_for_some_contexts_brings_only_messages_of_those() {
    let (server, folder, spool) = (TestServer::start(), folder(), folder());
    let (_, read) = token(&server, r#""read""#, folder.path());
    // Whoever makes the second one needs one that may: this is the first server's own command.
    drop(read);
    drop(server);
    let data = folder.path().join("data");
    let make = |scope: &str, context: &str, file: &str| {
        let output = command()
            .args(["token", "create", "--name", "t", "--scope", scope, "--context", context, "--data"])
            .arg(&data)
            .output();
        let output = output.expect("the server's binary");
        assert!(output.status.success(), "{output:?}");
        let path = folder.path().join(file);
        fs::write(&path, output.stdout).expect("written");
        path
    };
    let (sending, reading) = (make("send", "c", "send"), make("read", "*", "read"));
    let server = TestServer::start_with(Server::builder().data(&data));
    let target = Target { url: server.url.clone(), token: Some(TokenSource::File(sending)), ca: None };
    let agent = TestAgent::start(Agent::builder(spool.path()).target(target));
    let body = r#"[{"type":"event","context":"c","name":"a"},{"type":"event","context":"d","name":"b"}]"#;
    assert_eq!(agent.request("POST", "/api/events", "application/json", body.as_bytes()).status, 202);
    agent.send(&single("a", Kind::Point, Some(1)));
    let told = server.eventually("both", || {
        let told = agents(&server, &reading)["_embedded"]["item"][0].clone();
        (told["messages"] == 1 && told["refused"] == 2).then_some(told)
    });
    assert_eq!(told["lost"], json!(0));
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}

#[test]
fn https_with_an_authority_of_ones_own_in_both_ways() {
    let (keys, spools) = (folder(), [folder(), folder()]);
    let (settings, ca) = certificate(keys.path());
    let pulled = TestAgent::start(Agent::builder(spools[0].path()).doors(settings.clone()));
    assert!(pulled.url.starts_with("https://"));
    let trusted = |url: &str| Target { url: url.to_owned(), token: None, ca: Some(ca.clone()) };
    let builder = Server::builder().store(StoreUrl::Memory).agents([trusted(&pulled.url)]);
    let server = TestServer::start_with(builder);
    // The agent's address is HTTPS, which the plain client of tests does not trust; datagrams are the same.
    pulled.send(&single("pulled", Kind::Point, Some(1)));
    server.eventually_events("c", 1);
    let secure = TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings));
    let pushing = TestAgent::start(Agent::builder(spools[1].path()).target(trusted(&secure.url)));
    pushing.send(&single("pushed", Kind::Point, Some(1)));
    let client = trusting(&ca);
    pushing.eventually("it is handed over", || {
        let answer = client.get(format!("{}/api/agents", secure.url)).call().expect("an answer");
        let text = answer.into_body().read_to_string().expect("text");
        let agents: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        (agents["_embedded"]["item"][0]["messages"] == 1 && pushing.backlog() == 0).then_some(())
    });
    pushing.stop();
    // Who does not trust the certificate hands over nothing.
    let target = Target { url: secure.url.clone(), token: None, ca: None };
    let (told, notices) = std::sync::mpsc::channel();
    let notice = move |text: &str| _ = told.send(text.to_owned());
    let distrusting = TestAgent::start(Agent::builder(spools[1].path()).target(target).notices(notice));
    distrusting.send(&single("kept", Kind::Point, Some(1)));
    let notice = notices.recv_timeout(crate::support::PATIENCE).expect("a notice");
    assert!(notice.contains("certificate"), "{notice}");
    distrusting.eventually("it stays", || (distrusting.backlog() == 1).then_some(()));
}

#[test]
fn who_asks_an_agent_needs_a_token_to_collect() {
    let (spool, files) = (folder(), folder());
    let agent = TestAgent::start(Agent::builder(spool.path()));
    agent.stop();
    let make = |scope: &str| {
        let output = command()
            .args(["token", "create", "--name", "t", "--scope", scope, "--data"])
            .arg(spool.path())
            .output();
        let output = output.expect("the server's binary");
        assert!(output.status.success(), "{output:?}");
        let path = files.path().join(scope);
        fs::write(&path, output.stdout).expect("written");
        path
    };
    let (sending, collecting) = (make("send"), make("collect"));
    let agent = TestAgent::start(Agent::builder(spool.path()));
    agent.send(&single("a", Kind::Point, Some(1)));
    let take = |token: Option<&Path>| {
        let request =
            ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build())
                .post(format!("{}/api/spool/take", agent.url))
                .header("content-type", "application/json");
        let request = match token {
            Some(file) => request.header(
                "authorization",
                format!("Bearer {}", fs::read_to_string(file).expect("a token").trim()),
            ),
            None => request,
        };
        request.send(b"{}").expect("an answer").status().as_u16()
    };
    assert_eq!((take(None), take(Some(&sending)), take(Some(&collecting))), (401, 403, 200));
    let target = Target { url: agent.url.clone(), token: Some(TokenSource::File(collecting)), ca: None };
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).agents([target]));
    server.eventually_events("c", 1);
}
