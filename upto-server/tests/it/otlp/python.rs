//! The official exporters of Python.

use std::path::Path;
use std::process::Command;

use super::expect_trace;
use crate::support::TestServer;

/// Where `make tools` installs the exporters.
const PYTHON: &str = "../target/opentelemetry-python/bin/python";
const SCRIPT: &str = "tests/it/otlp/send.py";

fn send(protocol: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = folder.join(PYTHON);
    assert!(python.exists(), "the tests of OTLP need OpenTelemetry's exporters for Python: run `make tools`");
    let server = TestServer::start();
    let mut command = Command::new(python);
    command.arg(folder.join(SCRIPT)).args([protocol, &server.url]);
    let sent = command.output().expect("Python runs");
    let said = String::from_utf8_lossy(&sent.stderr);
    // Exporters log what they could not send, and go on.
    assert!(sent.status.success() && said.is_empty(), "{said}");
    expect_trace(&server);
}

#[test]
fn protobuf_over_http() {
    send("http");
}

#[test]
fn grpc() {
    send("grpc");
}
