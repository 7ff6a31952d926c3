//! `upto-server token`, and what is refused at the start.

use std::process::{Command, Output};

use serde_json::Value;

use super::with;
use crate::support::{ServerProcess, command};

fn text(command: &mut Command) -> String {
    let output = command.output().expect("the server's binary");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("text")
}

fn token(store: &str) -> Command {
    let mut command = command();
    command.arg("token").env("UPTO_SERVER_STORE", store);
    command
}

#[test]
fn tokens_are_made_in_a_store_before_the_server_starts_and_over_http_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("data").display());
    let create = ["create", "--name", "root", "--scope", "admin", "--expires", "30d"];
    let admin = text(token(&store).args(create));
    assert!(admin.starts_with("upto_") && admin.lines().count() == 1, "{admin}");
    let server = ServerProcess::on_store(&store);
    assert_eq!(server.client.get("/api").status, 401);
    assert_eq!(with(&server.client, &admin, "GET", "/api", "").status, 200);

    let locked = refusal(&token(&store).args(["list"]).output().expect("the server's binary"));
    assert!(locked.contains("--url"), "{locked}");
    let url = server.client.url.clone();
    let remote = |arguments: &[&str]| {
        let mut command = command();
        command.arg("token").args(arguments).args(["--url", &url]).env("UPTO_TOKEN", &admin);
        command
    };
    let read = text(&mut remote(&["create", "--name", "ci", "--scope", "read,send", "--context", "build*"]));
    assert_eq!(with(&server.client, &read, "GET", "/api", "").status, 200);
    let list = text(&mut remote(&["list"]));
    assert!(list.lines().count() == 2 && list.contains("ci  send,read  build*  never expires"), "{list}");
    assert!(!list.contains(&admin[22..]) && !list.contains(&read[22..]), "{list}");
    assert_eq!(text(&mut remote(&["revoke", &read[5..21]])), "");
    assert_eq!(with(&server.client, &read, "GET", "/api", "").status, 401);
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{admin}\n")).expect("written");
    let by_file = text(command().args(["token", "list", "--json", "--url", &url, "--token-file"]).arg(&file));
    let listed: Value = serde_json::from_str(&by_file).expect("JSON");
    assert!(listed[1]["revoked"].is_string(), "{listed}");
    let without =
        refusal(&command().args(["token", "list", "--url", &url]).output().expect("the server's binary"));
    assert!(without.contains("401") && without.contains("UPTO_TOKEN"), "{without}");
}

#[test]
fn a_token_in_the_store_opens_a_server_for_other_machines() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("data").display());
    let start = || {
        let mut command = command();
        command.args(["--udp", "0", "--http", "0.0.0.0:0"]).env("UPTO_SERVER_STORE", &store);
        command
    };
    let line = refusal(&start().output().expect("the server's binary"));
    assert!(line.contains("--no-auth") && line.contains("token create"), "{line}");
    let read = text(token(&store).args(["create", "--name", "r", "--scope", "read"]));
    assert_eq!(text(token(&store).args(["revoke", &read[5..21]])), "");
    let line = refusal(&start().output().expect("the server's binary"));
    assert!(line.contains("--no-auth"), "one that is worth nothing does not help: {line}");
}

#[test]
fn mistakes_in_tokens_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("redb:{}", folder.path().join("data").display());
    let refused =
        |arguments: &[&str]| refusal(&token(&store).args(arguments).output().expect("the server's binary"));
    assert!(refused(&["create", "--name", "", "--scope", "read"]).contains("name"));
    assert!(refused(&["create", "--name", "n", "--scope", "read", "--expires", "soon"]).contains("expires"));
    assert!(refused(&["revoke", "0123456789abcdef"]).contains("no token"));
    let memory = token("memory:").args(["list"]).output().expect("the server's binary");
    assert!(refusal(&memory).contains("--url"));
}
