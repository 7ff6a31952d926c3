//! A server of one's own, in this process or as one, and what a test needs to talk to it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use upto_server::store::StoreUrl;
use upto_server::{Handle, Server, ServerBuilder};

/// How long a test waits for what has to happen before it says that it did not.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server in this process.
pub(crate) struct TestServer {
    runtime: tokio::runtime::Runtime,
    handle: Option<Handle>,
    pub client: Client,
}

impl TestServer {
    /// One that keeps everything in memory.
    pub(crate) fn start() -> Self {
        Self::start_with(Server::builder().store(StoreUrl::Memory))
    }

    pub(crate) fn start_with(builder: ServerBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let handle = runtime.block_on(builder.any_port().start()).expect("a server");
        let client =
            Client { udp: handle.udp_addresses()[0], url: handle.http_urls().next().expect("a URL") };
        TestServer { runtime, handle: Some(handle), client }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            // The test may have taken its store away.
            let _ = self.runtime.block_on(handle.shutdown());
        }
    }
}

impl std::ops::Deref for TestServer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A server as a process of its own, killed when this is dropped.
pub(crate) struct ServerProcess {
    pub child: Child,
    pub client: Client,
}

impl ServerProcess {
    /// On the default store in `folder`, with any ports.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::with(command().arg("--data").arg(folder))
    }

    /// On the store at this URL, with any ports.
    pub(crate) fn on_store(url: &str) -> Self {
        // Not as an argument, which everybody on the machine can see.
        Self::with(command().env("UPTO_SERVER_STORE", url))
    }

    /// As `command` has it, with any ports.
    pub(crate) fn with(command: &mut Command) -> Self {
        Self::spawned(command.args(["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]))
    }

    /// As `command` has it.
    pub(crate) fn spawned(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server's binary");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut next = |prefix: &str| {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(prefix)
                .unwrap_or_else(|| panic!("{line:?} does not begin with {prefix:?}"))
                .to_owned()
        };
        let (udp, url) = (next("udp ").parse().expect("an address"), next("http "));
        ServerProcess { child, client: Client { udp, url } }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's binary, with none of the environment's settings.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upto-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("UPTO") {
            command.env_remove(name);
        }
    }
    command
}

/// What `upto-server store check` says of the store at this URL, which no server may have open if it is a folder.
pub(crate) fn store_is_whole(url: &str) {
    let output = command().args(["store", "check", "--json"]).env("UPTO_SERVER_STORE", url).output();
    let output = output.expect("the server's binary");
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["damaged"], 0, "{report}");
}

/// An answer: status, content type, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub location: String,
    pub retry_after: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The detail of an answer that has to be a problem with this status.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(
            (self.status, self.content_type.as_str()),
            (status, "application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status);
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}

/// Where a server is.
#[derive(Clone)]
pub(crate) struct Client {
    pub udp: SocketAddr,
    pub url: String,
}

impl Client {
    pub(crate) fn request(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", content_type)
            .body(body)
            .expect("a request");
        let response = agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, content_type) = (response.status().as_u16(), header("content-type"));
        let (location, retry_after) = (header("location"), header("retry-after"));
        let body = response.into_body().into_with_config().limit(1 << 30).read_to_vec().expect("a body");
        Answer { status, content_type, location, retry_after, body }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "", b"")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (200, "application/hal+json"),
            "{path}: {answer:?}"
        );
        answer.json()
    }

    /// Sends messages as JSON, which has to succeed.
    pub(crate) fn post(&self, body: &str) -> Value {
        let answer = self.request("POST", "/api/events", "application/json", body.as_bytes());
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    pub(crate) fn send(&self, datagram: &[u8]) {
        let any = if self.udp.is_ipv6() { "[::1]:0" } else { "127.0.0.1:0" };
        let socket = UdpSocket::bind(any).expect("a socket");
        socket.send_to(datagram, self.udp).expect("sent");
    }

    /// The address of the newest timeline of `context`, once it is there.
    pub(crate) fn latest(&self, context: &str) -> String {
        self.eventually("a timeline", || {
            let contexts = self.json("/api/contexts?limit=10000");
            let items = contexts["_embedded"]["item"].as_array()?.iter();
            let found = items.into_iter().find(|item| item["name"] == context)?;
            Some(found["_links"]["upto:latest"]["href"].as_str()?.to_owned())
        })
    }

    /// The events of a timeline.
    pub(crate) fn events(&self, timeline: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut next = Some(format!("{timeline}/events?limit=10000"));
        while let Some(path) = next {
            let page = self.json(&path);
            events.extend(page["_embedded"]["item"].as_array().expect("items").iter().cloned());
            next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        }
        events
    }

    /// The events of the newest timeline of `context`, once there are `count`.
    pub(crate) fn eventually_events(&self, context: &str, count: usize) -> Vec<Value> {
        self.eventually("events", || {
            let events = self.events(&self.latest(context));
            (events.len() >= count).then_some(events)
        })
    }

    /// The value of a counter, 0 while it does not exist.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let text = String::from_utf8(self.get("/metrics").body).expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        line.unwrap_or(0)
    }

    /// Asks again and again until there is an answer; `what` is for the message if there never is.
    pub(crate) fn eventually<T>(&self, what: &str, ask: impl FnMut() -> Option<T>) -> T {
        self.eventually_within(PATIENCE, what, ask)
    }

    /// The same for what takes longer.
    pub(crate) fn eventually_within<T>(
        &self,
        patience: Duration,
        what: &str,
        mut ask: impl FnMut() -> Option<T>,
    ) -> T {
        let until = Instant::now() + patience;
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(Instant::now() < until, "{what}: not within {patience:?}");
            std::thread::yield_now();
        }
    }
}

/// Name, state, start and end of events, for comparing.
pub(crate) fn brief(events: &[Value]) -> Vec<(String, String, Value, Value)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    events
        .iter()
        .map(|each| (text(&each["name"]), text(&each["state"]), each["start"].clone(), each["end"].clone()))
        .collect()
}
