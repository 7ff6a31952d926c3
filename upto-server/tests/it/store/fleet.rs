//! A fleet of real processes on one store: whatever is killed, stopped or away, each task ends exactly once, and hosts are
//! shown as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use super::kills::Keeper;
use crate::support::{Client, ServerProcess, command};

/// Hosts that share a store.
const AGENTS: usize = 5;
/// A host that is killed turns stale within two periods of `healthy`.
const TWO_PERIODS: Duration = Duration::from_secs(1);
/// A worker that was killed held some tasks after so many tries at most.
const TRIES: usize = 20;
/// For what may take as long as a claim, and longer on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hosts are there for long, so that one that does not answer is asked all the same, and tasks take their time.
const SHARED: &str = "fleet: {enabled: true, claim: 3s, lease: 60s}\n";

macro_rules! fleet {
    ($name:ident, $keeper:ty) => {
        mod $name {
            #[test]
            fn each_task_ends_once_whoever_is_killed_or_stopped() {
                crate::store::fleet::each_task_ends_once_whoever_is_killed_or_stopped::<$keeper>();
            }

            #[test]
            fn workers_go_on_when_their_store_was_away() {
                crate::store::fleet::workers_go_on_when_their_store_was_away::<$keeper>();
            }
        }
    };
}

/// A server that asks, with agents that work, all on one store.
struct Fleet {
    folder: TempDir,
    url: String,
    server: ServerProcess,
    agents: BTreeMap<String, ServerProcess>,
}

impl Fleet {
    fn start(url: String, agents: usize) -> Self {
        let folder = TempDir::new().expect("a folder");
        let server = server(&url, folder.path(), SHARED);
        let mut fleet = Fleet { folder, url, server, agents: BTreeMap::new() };
        for number in 0..agents {
            fleet.join(&format!("host-{number}"));
        }
        fleet
    }

    /// Starts an agent.
    fn join(&mut self, name: &str) {
        let spool = self.folder.path().join(name);
        let mut command = command();
        command.args(["agent", "--name", name, "--spool"]).arg(spool).env("UPTO_AGENT_STORE", &self.url);
        self.agents.insert(name.to_owned(), ServerProcess::with(&mut command));
    }

    fn kill(&mut self, name: &str) {
        self.agents.remove(name).expect("an agent").kill();
    }

    fn signal(&self, name: &str, signal: Signal) {
        let process = self.agents[name].child.id();
        kill(Pid::from_raw(process.try_into().expect("a process")), signal).expect("a signal");
    }

    fn client(&self) -> &Client {
        &self.server.client
    }

    fn wait_for(&self, name: &str, wanted: &str) {
        self.client().eventually_within(PATIENCE, &format!("{name} is {wanted}"), || {
            (state(self.client(), name).as_deref() == Some(wanted)).then_some(())
        });
    }
}

fn server(url: &str, folder: &Path, config: &str) -> ServerProcess {
    let file = folder.join("upto.yaml");
    std::fs::write(&file, config).expect("a file");
    ServerProcess::with(command().env("UPTO_SERVER_STORE", url).arg("--config").arg(file))
}

/// How a host stands by whether it is healthy.
fn state(client: &Client, name: &str) -> Option<String> {
    let hosts = client.json("/api/fleet/hosts");
    let hosts = hosts["_embedded"]["item"].as_array().expect("items").iter();
    let host = hosts.into_iter().find(|host| host["name"] == name)?;
    host["checks"]["healthy"]["state"].as_str().map(str::to_owned)
}

/// Whatever is read after two periods have gone by since then says that it is stale.
fn is_stale_in_time(client: &Client, name: &str, since: Instant) {
    client.eventually_within(PATIENCE, "two periods have gone by", || {
        let (asked, state) = (Instant::now(), state(client, name));
        let is_late = asked.duration_since(since) > TWO_PERIODS;
        assert!(!is_late || state.as_deref() == Some("stale"), "{name} is {state:?}");
        is_late.then_some(())
    });
}

/// How all tasks of a check ended.
fn results(client: &Client, check: &str) -> Vec<Value> {
    let mut results = Vec::new();
    let mut next = Some(format!("/api/fleet/checks/{check}/results?limit=1000"));
    while let Some(path) = next {
        let page = client.json(&path);
        results.extend(page["_embedded"]["item"].as_array().expect("items").iter().cloned());
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    results
}

/// The numbers of the tasks that ended, each once.
fn ended(results: &[Value]) -> BTreeSet<u64> {
    let numbers = results.iter().map(|result| {
        let id = result["id"].as_str().expect("an id");
        id.rsplit_once('-').expect("a number").1.parse().expect("a number")
    });
    let mut seen = BTreeSet::new();
    numbers.for_each(|number| assert!(seen.insert(number), "task {number} ended twice"));
    seen
}

/// Waits until every task that was scheduled by now has ended, and looks that each did once.
fn every_task_ends_once(client: &Client) {
    let checks = client.json("/api/fleet/checks");
    for check in checks["_embedded"]["item"].as_array().expect("items") {
        let name = check["name"].as_str().expect("a name");
        let scheduled = check["scheduled"].as_u64().expect("a count");
        assert!(scheduled > 0, "{name} was scheduled");
        client.eventually_within(PATIENCE, &format!("{scheduled} tasks of {name} end"), || {
            let ended = ended(&results(client, name));
            (1..=scheduled).all(|number| ended.contains(&number)).then_some(())
        });
    }
}

/// Whether a task that somebody had was done by another one.
fn has_a_second_attempt(client: &Client) -> bool {
    let checks = client.json("/api/fleet/checks");
    let checks = checks["_embedded"]["item"].as_array().expect("items").clone();
    let names = checks.iter().map(|check| check["name"].as_str().expect("a name"));
    let mut all = names.flat_map(|name| results(client, name));
    all.any(|result| result["attempt"].as_u64() > Some(1) && result["ending"] == "answered")
}

pub(super) fn each_task_ends_once_whoever_is_killed_or_stopped<K: Keeper>() {
    let keeper = K::start();
    let mut fleet = Fleet::start(keeper.url(), AGENTS);
    (0..AGENTS).for_each(|number| fleet.wait_for(&format!("host-{number}"), "ok"));

    for (path, expected) in [("/status/healthy", "healthy"), ("/status/ready", "ready")] {
        let answer = fleet.agents["host-2"].client.get(path);
        assert_eq!((answer.status, answer.body.as_slice()), (200, expected.as_bytes()), "{path}");
    }

    // Cut off: it takes connections, and says nothing. Whoever asks it holds a task for as long as the deadline is.
    let stopped = Instant::now();
    fleet.signal("host-1", Signal::SIGSTOP);
    is_stale_in_time(fleet.client(), "host-1", stopped);

    let mut tries = 0;
    while !has_a_second_attempt(fleet.client()) {
        assert!(tries < TRIES, "none of {TRIES} workers that were killed held a task");
        tries += 1;
        fleet.wait_for("host-0", "ok");
        let killed = Instant::now();
        fleet.kill("host-0");
        is_stale_in_time(fleet.client(), "host-0", killed);
        every_task_ends_once(fleet.client());
        fleet.join("host-0");
    }
    fleet.wait_for("host-0", "ok");
    fleet.signal("host-1", Signal::SIGCONT);
    fleet.wait_for("host-1", "ok");
    every_task_ends_once(fleet.client());
    let hosts = fleet.client().json("/api/fleet");
    assert_eq!((&hosts["hosts"], &hosts["there"]), (&AGENTS.into(), &AGENTS.into()));
}

pub(super) fn workers_go_on_when_their_store_was_away<K: Keeper>() {
    let mut keeper = K::start();
    let fleet = Fleet::start(keeper.url(), 2);
    fleet.wait_for("host-0", "ok");
    every_task_ends_once(fleet.client());
    let before: BTreeSet<_> = ended(&results(fleet.client(), "healthy"));
    keeper.leave();
    fleet.client().eventually_within(PATIENCE, "the store is missed", || {
        (fleet.client().get("/api/fleet").status == 503).then_some(())
    });
    keeper.come_back();
    fleet.client().eventually_within(PATIENCE, "the store is back", || {
        (fleet.client().get("/api/fleet").status == 200).then_some(())
    });
    let after = fleet.client().eventually_within(PATIENCE, "tasks end again", || {
        let after = ended(&results(fleet.client(), "healthy"));
        (after.len() > before.len() + 3).then_some(after)
    });
    let lost: Vec<_> = before.difference(&after).collect();
    assert!(lost.is_empty(), "{lost:?} had ended");
    every_task_ends_once(fleet.client());
    fleet.wait_for("host-0", "ok");
}

/// One server alone, with its worker in it, on the store that it has for itself.
pub(super) fn each_task_ends_once_though_the_server_is_killed<K: Keeper>() {
    let (keeper, folder) = (K::start(), TempDir::new().expect("a folder"));
    let begun = folder.path().join("begun");
    // Whoever sees the file knows that a task is in work.
    let script = format!("touch {}; sleep 0.4; echo 7", begun.display());
    let config = format!(
        "fleet:\n  enabled: true\n  name: here\n  claim: 3s\n  checks:\n    \
         - {{name: slow, period: 1s, command: [sh, -c, '{script}']}}\n"
    );
    let mut tries = 0;
    loop {
        let server = server(&keeper.url(), folder.path(), &config);
        let client = &server.client;
        client.eventually_within(PATIENCE, "the host is there", || {
            (state(client, "here").as_deref() == Some("ok")).then_some(())
        });
        client.eventually_within(PATIENCE, "a slow one is done", || {
            results(client, "slow").into_iter().find(|result| result["spread"]["max"] == 7.0)
        });
        every_task_ends_once(client);
        if has_a_second_attempt(client) {
            return;
        }
        assert!(tries < TRIES, "none of {TRIES} servers that were killed held a task");
        tries += 1;
        // It is not there if none was begun since.
        let _ = std::fs::remove_file(&begun);
        client.eventually_within(PATIENCE, "a task is in work", || begun.exists().then_some(()));
        server.kill();
    }
}
