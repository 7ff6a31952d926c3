//! `upto fleet` against a real server.

use serde_json::{Value, json};

use super::{output, told};
use crate::fleet::{builder, host, memory};
use crate::support::TestServer;

#[test]
fn hosts_are_printed_as_a_table_and_as_the_server_has_them() {
    let server = TestServer::start_with(builder(memory()));
    host(&server);
    let asked =
        |arguments: &[&str]| output(told(&server, "upto").env("UPTO_URL", &server.url).args(arguments));
    let said = asked(&["fleet"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("HOST") && lines[0].contains("MEMORY_USED"), "{said}");
    assert!(lines.len() == 2 && lines[1].starts_with("here"), "{said}");
    let said: Value = serde_json::from_str(&asked(&["fleet", "--json"])).expect("JSON");
    assert_eq!(said[0]["name"], json!("here"));
}

#[test]
fn where_the_fleet_is_off_it_says_how_to_switch_it_on() {
    let server = TestServer::start();
    let said = output(told(&server, "upto").env("UPTO_URL", &server.url).arg("fleet"));
    assert!(said.contains("--fleet"), "{said}");
}
