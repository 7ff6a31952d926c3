//! A server as a process of its own, with a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Where the server's binary is; the Makefile says it.
const BINARY: &str = "UPTO_SERVER_BINARY";

/// A server that is killed when this is dropped.
pub struct Server {
    child: Child,
    folder: TempDir,
    arguments: Vec<String>,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Where it takes datagrams.
    udp: String,
}

impl Server {
    /// One with any ports, and these arguments.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let (child, udp, url) = spawn(&folder, &arguments, "127.0.0.1:0");
        Server { child, folder, arguments, url, udp }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Starts it again at the same address, with what it stored.
    pub fn restart(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        (self.child, self.udp, self.url) = spawn(&self.folder, &self.arguments, &address);
    }

    /// Sends messages, one on each line.
    pub fn send(&self, messages: &[Value]) {
        send_to(&self.url, messages);
    }

    /// Sends a datagram, which may be lost as any other: whoever waits for it sends it again.
    pub fn send_datagram(&self, datagram: &[u8]) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.send_to(datagram, &self.udp).expect("sent");
    }

    /// Posts JSON to a path of the API, and answers with the status.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> u16 {
        let url = format!("{}{path}", self.url);
        ureq::post(url).send_json(body).expect("an answer").status().as_u16()
    }

    /// Runs the server's binary beside it, on its folder, and answers what that prints.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = binary().args(arguments).arg("--data").arg(self.folder.path()).output();
        String::from_utf8(output.expect("the server's binary").stdout).expect("text")
    }
}

/// Sends messages to the server at this address, one on each line.
pub fn send_to(url: &str, messages: &[Value]) {
    let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
    ureq::post(format!("{url}/api/events"))
        .header("content-type", "application/x-ndjson")
        .send(lines.join("\n"))
        .expect("the messages are taken");
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, with none of the environment's settings.
fn binary() -> Command {
    let path = std::env::var(BINARY).unwrap_or_else(|_| panic!("{BINARY} says where the server is"));
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("UPTO") {
            command.env_remove(name);
        }
    }
    command
}

fn spawn(folder: &TempDir, arguments: &[String], http: &str) -> (Child, String, String) {
    let mut command = binary();
    command.arg("--data").arg(folder.path()).args(["--udp", "127.0.0.1:0", "--http", http]).args(arguments);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the server's binary");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut lines = lines.map_while(Result::ok);
    let mut address = |kind: &str| {
        let address = lines.find_map(|line| Some(line.strip_prefix(kind)?.to_owned()));
        address.unwrap_or_else(|| panic!("its address of {kind}"))
    };
    let (udp, url) = (address("udp "), address("http "));
    (child, udp, url)
}
