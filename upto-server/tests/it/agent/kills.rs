//! Agents, and a server that none of them can reach: all are killed at random while programs send, and in the end every
//! event is there once.

// What the test did is in the output of one that failed.
#![allow(clippy::print_stdout)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;
use upto::wire::{Kind, Message, encode_single};

use crate::support::{Client, ServerProcess, command};

const AGENTS: u64 = 3;
/// Events that are sent to each agent.
const EVENTS: u64 = 100_000;
/// Events of a request.
const TOGETHER: u64 = 1_000;
const KILLS: u32 = 10;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// An agent as a process of its own, which keeps its ports.
struct AgentProcess {
    child: Child,
    spool: PathBuf,
    address: String,
}

impl AgentProcess {
    /// On a loopback address of its own, where nobody else can get the port while it is down.
    fn start(spool: PathBuf, number: u64) -> Self {
        let (child, address) = run(&mut arguments(&spool, &format!("127.77.0.{}:0", number + 1)));
        AgentProcess { child, spool, address }
    }

    /// `kill -9`, and again from what is left.
    fn restart(&mut self) {
        kill(&mut self.child);
        self.child = run(&mut arguments(&self.spool, &self.address)).0;
    }
}

impl Drop for AgentProcess {
    fn drop(&mut self) {
        kill(&mut self.child);
    }
}

fn arguments(spool: &Path, http: &str) -> Command {
    let mut command = command();
    command.arg("agent").arg("--spool").arg(spool).args(["--udp", "127.0.0.1:0", "--http", http]);
    command
}

/// Starts an agent; it, and where it serves HTTP.
fn run(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the server's binary");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let told =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("http http://").map(str::to_owned));
    (child, told.expect("its address"))
}

fn kill(child: &mut Child) {
    // It may have ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// Sends the events of one agent, each request until it is confirmed.
fn send(agent: u64, address: &str, confirmed: &AtomicU64) {
    let client: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for first in (0..EVENTS).step_by(usize::try_from(TOGETHER).expect("a number")) {
        let body = request(agent, first);
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = client
                .post(format!("http://{address}/api/events"))
                .header("content-type", "application/msgpack")
                .send(&body[..]);
            if answer.is_ok_and(|answer| answer.status() == 202) {
                break;
            }
            assert!(Instant::now() < until, "agent {agent} takes nothing");
            thread::yield_now();
        }
        confirmed.fetch_add(TOGETHER, Ordering::SeqCst);
    }
}

/// Ends that tell their starts. Those of the last agent have no ids: what tells them apart is their times.
fn request(agent: u64, first: u64) -> Vec<u8> {
    let timeline = agent.to_string();
    let mut body = Vec::new();
    for number in first..first + TOGETHER {
        let time = 1_800_000_000_000_000_000 + i64::try_from(number).expect("a time") * 1_000;
        let id = if agent + 1 == AGENTS { 0 } else { number + 1 };
        let (kind, context, timeline) = (Kind::End, "farm", timeline.as_str());
        let (time, started) = (Some(time + 500), Some(time));
        let message =
            Message { kind, context, timeline, name: "step", id, time, started, ..Message::default() };
        encode_single(&message, &[], &mut body);
    }
    body
}

/// A server that asks the agents.
fn server(folder: &TempDir) -> ServerProcess {
    ServerProcess::with(command().current_dir(folder.path()).arg("--data").arg(folder.path().join("data")))
}

/// Events of an agent's timeline; 0 while there is none.
fn total(server: &Client, agent: u64) -> u64 {
    let answer = server.get(&format!("/api/contexts/farm/timelines/{agent}"));
    if answer.status == 200 { answer.json()["events"]["total"].as_u64().expect("a number") } else { 0 }
}

#[test]
fn every_event_is_there_once_whatever_is_killed() {
    let folder = TempDir::new().expect("a folder");
    let mut agents: Vec<_> = (0..AGENTS)
        .map(|number| AgentProcess::start(folder.path().join(number.to_string()), number))
        .collect();
    let urls = agents.iter().map(|agent| format!("  - url: http://{}\n", agent.address));
    fs::write(folder.path().join("upto.yaml"), format!("agents:\n{}", urls.collect::<String>()))
        .expect("written");
    let mut server = Some(self::server(&folder));
    let confirmed = AtomicU64::new(0);
    let addresses: Vec<_> = agents.iter().map(|agent| agent.address.clone()).collect();
    let mut random = Rng::new();
    thread::scope(|scope| {
        for (number, address) in (0..).zip(&addresses) {
            let confirmed = &confirmed;
            scope.spawn(move || send(number, address, confirmed));
        }
        let sent = AGENTS * EVENTS;
        for number in 0..KILLS {
            // One in each part of what is sent, at a random moment of it.
            let part = sent / u64::from(KILLS);
            let moment = u64::from(number) * part + random.u64(..part);
            let until = Instant::now() + PATIENCE;
            while confirmed.load(Ordering::SeqCst) < moment {
                assert!(
                    Instant::now() < until,
                    "{} instead of {moment} events",
                    confirmed.load(Ordering::SeqCst)
                );
                thread::yield_now();
            }
            match random.usize(..=agents.len()) {
                place if place < agents.len() => agents[place].restart(),
                _ => {
                    server.take().expect("a server").kill();
                    server = Some(self::server(&folder));
                }
            }
        }
    });
    let server = server.expect("a server");
    let until = Instant::now() + PATIENCE;
    for agent in 0..AGENTS {
        while total(&server.client, agent) < EVENTS {
            assert!(Instant::now() < until, "agent {agent}: {} events", total(&server.client, agent));
            thread::yield_now();
        }
        assert_eq!(total(&server.client, agent), EVENTS, "agent {agent}");
    }
    let timelines = server.client.json("/api/contexts/farm/timelines");
    assert_eq!(timelines["_embedded"]["item"].as_array().map(Vec::len), Some(3));
    let known = server.client.json("/api/agents");
    for agent in known["_embedded"]["item"].as_array().expect("items") {
        assert_eq!((&agent["lost"], &agent["refused"]), (&0.into(), &0.into()), "{agent}");
    }
}
