//! A client in another language, which knows the published files only.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{counting, eventually_probes};
use crate::support::TestServer;

/// Where `make tools` installs gRPC for Python.
const PYTHON: &str = "../target/grpcio-python/bin/python";
const SCRIPT: &str = "tests/it/probe/ask.py";

#[test]
fn python_gets_what_there_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = folder.join(PYTHON);
    assert!(python.exists(), "the tests of probes need gRPC for Python: run `make tools`");
    let server = TestServer::start_with(counting("shop"));
    eventually_probes(&server, "shop", 2);
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut command = Command::new(python);
    command.arg(folder.join(SCRIPT)).arg(folder.join("proto")).args([&address, "shop"]);
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let probe = json!(["shop", "200", [{"ID": 1}]]);
    assert_eq!(
        (&said["pulled"], &said["figure"], &said["state"]),
        (&json!([1, 2]), &json!(1.0), &json!("STATE_UP"))
    );
    let watched: Vec<u64> = serde_json::from_value(said["watched"].clone()).expect("numbers");
    assert_eq!(watched, (watched[0]..watched[0] + 3).collect::<Vec<_>>());
    assert_eq!((&said["health"], &said["taken"]), (&json!("up"), &json!([probe, probe])));
    assert_eq!(said["refused"], json!(["NOT_FOUND", "Cluster was not found : 'nobody'"]));
}
