//! A disk that is full, or gone, and comes back, under a server that goes on running.
//!
//! The system limits how far the server's process may write into files, which works for every user and on every file
//! system, and can be changed while it runs. With a limit where its file ends, the disk is full: what is there can be
//! written again, but nothing more. With a limit of zero nothing can be written at all.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Answer, Client, ServerProcess, command, store_is_whole};

/// Of a message: random, so that no compression makes much less of it.
const TEXT_CHARACTERS: usize = 30_000;
/// A timeline that was stored by another server, and so is known only from the disk.
const STORED_BEFORE: &str = "/api/contexts/before/timelines/t";
/// The timeline that is sent to.
const SENT: &str = "/api/contexts/c/timelines/t";
/// More messages of that length than any disk here has room for.
const MANY: u64 = 10_000;

/// A server whose disk may become full.
struct Fixture {
    server: ServerProcess,
    folder: TempDir,
    url: String,
    acknowledged: Vec<u64>,
    next: u64,
}

impl Fixture {
    fn start() -> Self {
        Self::on("redb", "")
    }

    /// On the store of this scheme that is at this place in the folder.
    fn on(scheme: &str, place: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let url = format!("{scheme}:{}{place}", folder.path().join("data").display());
        let before = ServerProcess::on_store(&url);
        before.client.post(r#"{"context":"before","timeline":"t","name":"n","type":"event"}"#);
        before.kill();
        Fixture { server: start(&url), folder, url, acknowledged: Vec::new(), next: 1 }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Lets the server write so many bytes into a file; as many as it likes, if none are given.
    fn limit(&self, bytes: Option<u64>) {
        let maximum = getrlimit(Resource::Fsize).maximum;
        let limit = Rlimit { current: bytes.or(maximum), maximum };
        prlimit(Some(Pid::from_child(&self.server.child)), Resource::Fsize, limit).expect("a limit");
    }

    fn fill_up(&self) {
        self.limit(Some(fs::metadata(self.data().join("upto.redb")).expect("the file").len()));
    }

    /// Sends one message, and notes if it is acknowledged.
    fn send(&mut self) -> Answer {
        let text: String = std::iter::repeat_with(fastrand::alphanumeric).take(TEXT_CHARACTERS).collect();
        let message = json!({"context": "c", "timeline": "t", "name": "n", "type": "event", "id": self.next, "text": text});
        let body = message.to_string();
        let answer = self.server.client.request("POST", "/api/events", "application/json", body.as_bytes());
        if answer.status == 201 {
            self.acknowledged.push(self.next);
        }
        self.next += 1;
        answer
    }

    /// Sends until the store takes no more; what the sender is told.
    fn send_until_refused(&mut self) -> String {
        for _ in 0..MANY {
            let answer = self.send();
            if answer.status != 201 {
                assert_eq!(answer.retry_after, "1");
                return answer.problem(503);
            }
        }
        panic!("{MANY} messages fit the disk");
    }

    /// What the server has in memory can be read.
    fn memory_is_read(&self) {
        assert!(!self.server.client.events(SENT).is_empty());
    }

    /// Everything that may be written to says why it does not take anything.
    fn refuses_because(&mut self, reason: &str) {
        assert!(self.server.client.get("/readyz").problem(503).contains(reason));
        assert_eq!(self.server.client.get("/healthz").status, 200);
        let refused = r#"upto_refused_total{input="udp",reason="store"}"#;
        let before = self.server.client.counter(refused);
        self.server.client.send(
            &rmp_serde::to_vec_named(&json!({"context": "c", "name": "n", "type": 2})).expect("MessagePack"),
        );
        self.server.client.eventually("that it is counted", || {
            (self.server.client.counter(refused) > before).then_some(())
        });
    }

    /// There is space again, and nobody has told the server.
    fn goes_on(mut self) {
        let client = self.server.client.clone();
        client.eventually("that it is ready", || (client.get("/readyz").status == 200).then_some(()));
        assert_eq!(self.send().status, 201);
        everything_is_there(&client, &self.acknowledged);
        self.server.kill();
        store_is_whole(&self.url);
        everything_is_there(&ServerProcess::on_store(&self.url).client, &self.acknowledged);
    }
}

fn everything_is_there(client: &Client, acknowledged: &[u64]) {
    assert_eq!(client.events(STORED_BEFORE).len(), 1);
    let stored: HashSet<_> = client.events(SENT).iter().filter_map(|event| event["id"].as_u64()).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", acknowledged.len());
}

/// A server that is told of what it may not write, and not killed, as for a full disk.
fn start(url: &str) -> ServerProcess {
    let server = command();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"]).arg(server.get_program());
    for (name, _) in server.get_envs() {
        shell.env_remove(name);
    }
    ServerProcess::with(shell.env("UPTO_SERVER_STORE", url))
}

#[test]
fn a_full_disk_is_read_and_takes_more_once_there_is_space() {
    let mut fixture = Fixture::start();
    fixture.send();
    fixture.fill_up();
    assert!(fixture.send_until_refused().contains("no space is left"));
    fixture.refuses_because("no space is left");
    fixture.memory_is_read();
    assert_eq!(fixture.server.client.events(STORED_BEFORE).len(), 1, "it is read from the disk");
    fixture.limit(None);
    fixture.goes_on();
}

#[test]
fn a_disk_that_is_gone_is_used_again_once_it_is_back() {
    let mut fixture = Fixture::start();
    fixture.send();
    let (here, elsewhere) = (fixture.data(), fixture.folder.path().join("elsewhere"));
    fixture.limit(Some(0));
    fs::rename(&here, &elsewhere).expect("another name");
    fixture.send_until_refused();
    fixture.refuses_because("the store refuses");
    fixture.memory_is_read();
    let answer = fixture.server.client.get(&format!("{STORED_BEFORE}/events"));
    assert!(answer.problem(503).contains("the store is not available"));
    assert!(!here.exists(), "no other store is begun in its place");
    fs::rename(&elsewhere, &here).expect("the old name");
    fixture.limit(None);
    fixture.goes_on();
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_goes_on_after_its_disk_has_failed() {
    let mut fixture = Fixture::on("sqlite", "/upto.db");
    fixture.send();
    fixture.limit(Some(0));
    fixture.send_until_refused();
    fixture.refuses_because("disk I/O error");
    fixture.memory_is_read();
    assert_eq!(fixture.server.client.events(STORED_BEFORE).len(), 1, "it is read from the disk");
    fixture.limit(None);
    fixture.goes_on();
}
