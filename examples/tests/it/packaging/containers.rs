//! The container's file and the compose file. No engine runs here: what can be checked without one is.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::text;
use crate::programs::upto_server;
use crate::reader::Reader;

/// The variables that the server and the agent know.
fn help() -> String {
    let help = |words: &[&str]| {
        let told = Command::new(upto_server()).args(words).arg("--help").output().expect("the program");
        String::from_utf8(told.stdout).expect("text")
    };
    help(&["serve"]) + &help(&["agent"])
}

/// The variables of ours that a file sets.
fn variables(text: &str) -> Vec<&str> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("UPTO_SERVER_") || word.starts_with("UPTO_AGENT_")).collect()
}

#[test]
fn the_variables_are_those_of_the_programs() {
    let help = help();
    for file in ["packaging/docker/Dockerfile", "packaging/docker/compose.yaml", "docs/server.md"] {
        let text = text(file);
        let named = variables(&text);
        assert!(named.len() >= 3, "{file}");
        for name in named {
            assert!(
                help.contains(&format!("{name}]")) || help.contains(&format!("{name}=")),
                "{file}: {name}"
            );
        }
    }
}

/// The command of the health check, as the file has it.
fn health_check() -> Vec<String> {
    let text = text("packaging/docker/Dockerfile");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("CMD ")).expect("a health check");
    serde_json::from_str(line).expect("words as JSON")
}

#[test]
fn the_health_check_tells_a_server_that_is_well_from_none() {
    let reader = Reader::new();
    let words = health_check();
    let checked = |port: &str| {
        let mut check = Command::new(&words[0]);
        check.args(&words[1..]).env("UPTO_HEALTH_PORT", port).output().expect("bash").status.success()
    };
    let url = reader.url();
    assert!(checked(url.rsplit(':').next().expect("a port")));
    // Bound and closed again: nobody listens there.
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    assert!(!checked(&free.port().to_string()));
}

/// What a container needs no more than: no root, no file system that can be written to, ports on this machine only.
#[test]
fn containers_have_little() {
    let file = text("packaging/docker/Dockerfile");
    assert!(file.contains("\nUSER 10001:10001\n"));
    let compose = text("packaging/docker/compose.yaml");
    for setting in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(compose.contains(setting), "{setting}");
    }
    let ports = compose.lines().filter(|line| line.trim_start().starts_with("ports:"));
    for port in ports.flat_map(|line| line.split('"').skip(1).step_by(2)) {
        assert!(port.starts_with("127.0.0.1:"), "{port}");
    }
}

/// Compose itself reads the file, with all profiles, and says what it makes of it.
#[test]
fn compose_takes_the_file() {
    // Debian 12 has a version that knows no `name`, but is told it.
    let whole = text("packaging/docker/compose.yaml");
    let known: Vec<&str> = whole.lines().filter(|line| !line.starts_with("name: ")).collect();
    let place = super::file("packaging/docker");
    let mut compose = Command::new("docker-compose");
    compose.args(["--file", "-", "--project-name", "upto", "--profile", "postgres", "--project-directory"]);
    compose.arg(&place).arg("config").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut compose = compose.spawn().expect("docker-compose: make tools installs it");
    compose.stdin.take().expect("its input").write_all(known.join("\n").as_bytes()).expect("written");
    let read = compose.wait_with_output().expect("its output");
    let said = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    for service in ["server-a:", "server-b:", "agent:", "redis:", "server-postgres:", "postgres:"] {
        assert!(said.lines().any(|line| line.trim() == service), "{service}: {said}");
    }
}
