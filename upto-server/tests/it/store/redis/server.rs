//! A Redis of one's own.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ::redis::{Cmd, Connection, FromRedisValue};
use tempfile::TempDir;
use upto_server::store::{RedisUrl, StoreUrl};

/// How long a server may take for what it has to do.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A server in a folder of its own, killed when this is dropped.
pub(crate) struct Server {
    pub(super) port: u16,
    folder: TempDir,
    settings: Vec<String>,
    process: Child,
}

impl Server {
    /// One that keeps what it confirms.
    pub(super) fn start() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    pub(crate) fn with(settings: &[&str]) -> Self {
        let port = free_port();
        let own = ["--port".to_owned(), port.to_string()];
        let settings = own.into_iter().chain(settings.iter().map(|each| (*each).to_owned())).collect();
        Self::in_folder(TempDir::new().expect("a temporary folder"), port, settings)
    }

    /// In a folder that may have files, with settings that name the port.
    pub(super) fn in_folder(folder: TempDir, port: u16, settings: Vec<String>) -> Self {
        let process = start(&folder, &settings);
        Server { port, folder, settings, process }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    /// Starts it again where it was, with the data that it left.
    pub(crate) fn restart(&mut self) {
        self.process = start(&self.folder, &self.settings);
    }

    /// Starts with these settings as well from now on.
    pub(super) fn change(&mut self, settings: &[&str]) {
        self.settings.extend(settings.iter().map(|each| (*each).to_owned()));
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", host(), self.port)
    }

    pub(super) fn url(&self) -> RedisUrl {
        self.url_with("")
    }

    pub(super) fn url_with(&self, options: &str) -> RedisUrl {
        url(&format!("redis://{}{options}", self.address()))
    }

    pub(super) fn connection(&self) -> Connection {
        let client = ::redis::Client::open((host().to_string(), self.port)).expect("an address");
        client.get_connection().expect("a connection")
    }

    /// Asks the server itself; `command` is words.
    pub(super) fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        words(command).query(&mut self.connection()).expect(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn words(command: &str) -> Cmd {
    let mut words = Cmd::new();
    command.split(' ').for_each(|word| _ = words.arg(word));
    words
}

pub(super) fn url(text: &str) -> RedisUrl {
    match text.parse() {
        Ok(StoreUrl::Redis(url)) => url,
        other => panic!("{text}: {other:?}"),
    }
}

/// A loopback address that only this process uses, so that all its ports are free and stay so.
pub(super) fn host() -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high | 0x40, middle, low)
}

/// A port that was not taken before.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(17_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Starts a server and waits until it serves.
fn start(folder: &TempDir, settings: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(settings).args(["--bind", &host().to_string(), "--save", "", "--dir"]).arg(folder.path());
    let mut process = command
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("redis-server can't be started, `make tools` installs it: {error}"));
    let output = lines(BufReader::new(process.stdout.take().expect("its output")));
    let mut told = Vec::new();
    loop {
        match output.recv_timeout(PATIENCE) {
            Ok(line) if line.contains("Ready to accept connections") => return process,
            Ok(line) => told.push(line),
            Err(error) => panic!("redis-server does not get ready ({error}): {}", told.join("\n")),
        }
    }
}

/// What it writes, read to its end so that it never has to wait.
fn lines(output: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // Nobody listens once it is ready.
            let _ = sender.send(line);
        }
    });
    receiver
}
