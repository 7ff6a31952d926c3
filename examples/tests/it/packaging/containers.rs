//! The container's file and the compose file. No engine runs here: what can be checked without one is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{file, text};
use crate::programs::{Running, output, quiet, upto_server};
use crate::reader::Reader;

const DOCKERFILE: &str = "packaging/docker/Dockerfile";
const COMPOSE: &str = "packaging/docker/compose.yaml";

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
    for file in [DOCKERFILE, COMPOSE, "docs/server.md"] {
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

/// Whether the health check of the image says that what listens on a port of this machine is well.
fn is_well(port: &str) -> bool {
    let mut check = Command::new(file("packaging/docker/health"));
    check.env("UPTO_HEALTH_PORT", port).output().expect("bash").status.success()
}

#[test]
fn the_health_check_tells_a_server_that_is_well_from_none() {
    let image = text(DOCKERFILE);
    assert!(image.contains("packaging/docker/health /usr/local/bin/upto-health\n"), "{image}");
    assert!(image.lines().any(|line| line.ends_with("CMD [\"upto-health\"]")), "{image}");
    let reader = Reader::new();
    let url = reader.url();
    assert!(is_well(url.rsplit(':').next().expect("a port")));
    // Bound and closed again: nobody listens there.
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    assert!(!is_well(&free.port().to_string()));
}

/// A server with a certificate is as well as one without.
#[test]
fn the_health_check_speaks_https_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = || {
        let mut server = quiet(upto_server());
        server.current_dir(folder.path());
        server
    };
    output(server().args(["pki", "init"]));
    output(server().args(["pki", "issue", "server", "--host", "localhost"]));
    let mut serving = server();
    serving.args(["--store", "memory:", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    serving.args(["--tls-cert", "upto-pki/server.pem", "--tls-key", "upto-pki/server-key.pem"]);
    let mut serving = Running(serving.stdout(Stdio::piped()).spawn().expect("the server"));
    let lines = BufReader::new(serving.0.stdout.take().expect("its output")).lines();
    let mut lines = lines.map(|line| line.expect("text"));
    let address = lines.find(|line| line.starts_with("http ")).expect("an address");
    assert!(address.starts_with("http https://"), "{address}");
    assert!(is_well(address.rsplit(':').next().expect("a port")));
}

/// What a container needs no more than: no root, no file system that can be written to, ports on this machine only.
#[test]
fn containers_have_little() {
    assert!(text(DOCKERFILE).contains("\nUSER 10001:10001\n"));
    let compose = text(COMPOSE);
    for setting in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(compose.contains(setting), "{setting}");
    }
    let ports = compose.lines().filter(|line| line.trim_start().starts_with("ports:"));
    for port in ports.flat_map(|line| line.split('"').skip(1).step_by(2)) {
        assert!(port.starts_with("127.0.0.1:"), "{port}");
    }
}

/// The services of the compose file, as Compose itself reads it, with all profiles.
fn services() -> serde_json::Map<String, Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut compose = Command::new("docker-compose");
    compose.arg("--file").arg(file(COMPOSE)).args(["--profile", "postgres", "config"]);
    let read = compose.output().expect("docker-compose: make tools installs it");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let whole = folder.path().join("whole.yaml");
    std::fs::write(&whole, &read.stdout).expect("a file");
    let script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin)['services'], sys.stdout)";
    let whole = std::fs::File::open(&whole).expect("a file");
    let services = output(Command::new("python3").args(["-c", script]).stdin(whole));
    serde_json::from_str(&services).expect("services")
}

#[test]
fn compose_takes_the_file() {
    let services = services();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    for service in ["server-a", "server-b", "agent", "redis", "server-postgres", "postgres"] {
        assert!(names.contains(&service), "{service}: {names:?}");
    }
}

/// What the image itself sets, in its last stage.
fn of_the_image() -> BTreeMap<String, String> {
    let whole = text(DOCKERFILE);
    let last = whole.rsplit("\nFROM ").next().expect("a stage");
    let pairs = last.lines().filter_map(|line| line.strip_prefix("ENV ")).flat_map(|line| line.split(' '));
    let pairs = pairs.map(|pair| pair.split_once('=').expect("a name and a value"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A variable as it is here: ports are free ones, and the container's folder is another.
fn here(name: &str, value: &str, folder: &Path) -> String {
    if name.ends_with("_UDP") || name.ends_with("_HTTP") {
        return "127.0.0.1:0".to_owned();
    }
    value.replace("/data", &folder.display().to_string())
}

/// Starts the program as a container does. It has taken its settings if it says where it listens, or else which store it
/// could not open: here are no databases.
fn assert_taken(service: &str, words: &[&str], variables: &BTreeMap<String, String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = quiet(upto_server());
    program.args(words).current_dir(folder.path());
    program.envs(variables.iter().map(|(name, value)| (name, here(name, value, folder.path()))));
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let listens = lines.map(|line| line.expect("text")).any(|line| line.starts_with("http "));
    // It may have ended already.
    let _ = child.kill();
    let ended = child.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(listens || said.contains("cannot open "), "{service}: {variables:?}: {said}");
}

#[test]
fn every_service_takes_its_settings_and_those_of_the_image() {
    let image = of_the_image();
    assert_taken("the image", &["--no-auth"], &image);
    let services = services();
    let ours = services.iter().filter(|(_, service)| service["image"] == "upto");
    let mut tried = 0;
    for (name, service) in ours {
        let words = service["command"].as_array().into_iter().flatten();
        let words: Vec<&str> = words.map(|word| word.as_str().expect("a word")).collect();
        let mut variables = image.clone();
        for (variable, value) in service["environment"].as_object().expect("variables") {
            variables.insert(variable.clone(), value.as_str().expect("a text").to_owned());
        }
        assert_taken(name, &words, &variables);
        tried += 1;
    }
    assert_eq!(tried, 4);
}
