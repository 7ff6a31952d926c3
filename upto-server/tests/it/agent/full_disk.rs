//! An agent whose disk is full: what can't be kept is counted, and it goes on once there is room.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;
use upto::wire::{Kind, Message, encode_single};

use super::{TestAgent, folder};
use crate::support::{Client, ServerProcess, TestServer, command};

/// Of a message's text.
const TEXT_BYTES: usize = 60_000;
const TIMELINE: &str = "/api/contexts/c/timelines/t";
/// More messages of that length than any disk here has room for, and than wait in memory.
const MANY: u64 = 10_000;

/// An agent as a process that is told of what it may not write, and not killed, as for a full disk.
fn start(spool: &Path) -> ServerProcess {
    let agent = command();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"]).arg(agent.get_program());
    for (name, _) in agent.get_envs() {
        shell.env_remove(name);
    }
    ServerProcess::with(shell.arg("agent").arg("--spool").arg(spool))
}

/// Lets it write so many bytes into a file; as many as it likes, if none are given.
fn limit(agent: &ServerProcess, bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit { current: bytes.or(maximum), maximum };
    prlimit(Some(Pid::from_child(&agent.child)), Resource::Fsize, limit).expect("a limit");
}

/// Sends a message over HTTP; whether it was acknowledged.
fn posts(agent: &Client, id: u64) -> bool {
    let text = "x".repeat(TEXT_BYTES);
    let message =
        json!({"context": "c", "timeline": "t", "name": "n", "type": "event", "id": id, "text": text});
    let body = message.to_string();
    let answer = agent.request("POST", "/api/events", "application/json", body.as_bytes());
    if answer.status != 202 {
        assert!(answer.problem(503).contains("no space is left"));
    }
    answer.status == 202
}

/// Sends a datagram, and waits until it is taken or refused.
fn sends(agent: &Client, id: u64, number: u64) {
    let text = "x".repeat(TEXT_BYTES);
    let (kind, context, timeline) = (Kind::Point, "c", "t");
    let message = Message { kind, context, timeline, name: "n", id, text: &text, ..Message::default() };
    let mut datagram = Vec::new();
    encode_single(&message, &[], &mut datagram);
    agent.send(&datagram);
    agent.eventually("the datagram", || (agent.counter("upto_datagrams_total") == number).then_some(()));
}

#[test]
fn a_full_disk_is_loss_that_is_counted_and_not_the_end() {
    let (folder, server) = (folder(), TestServer::start());
    let spool = folder.path().join("spool");
    let agent = start(&spool);
    assert!(posts(&agent.client, 1));
    limit(&agent, Some(fs::metadata(spool.join("upto.redb")).expect("the file").len()));
    // The last one is refused, but waits in memory from then on.
    let posted = (2..MANY).find(|id| !posts(&agent.client, *id)).expect("a full disk");
    assert_eq!(agent.client.get("/readyz").status, 503);
    let is_full = || agent.client.counter(r#"upto_refused_total{input="udp",reason="spool_full"}"#) > 0;
    let sent = (1..MANY).find(|number| {
        sends(&agent.client, posted + number, *number);
        is_full()
    });
    let sent = sent.expect("a full memory");
    limit(&agent, None);
    let client = agent.client.clone();
    let kept = posted + sent - 1;
    client.eventually("all that waited", || (client.json("/api/spool")["messages"] == kept).then_some(()));
    assert_eq!(client.get("/readyz").status, 200);
    agent.kill();
    let agent = TestAgent::pushing(&spool, &server.url);
    let lost = server.eventually("all of it", || {
        let answer = server.get(TIMELINE);
        let timeline = (answer.status == 200).then(|| answer.json())?;
        let (events, lost) = (timeline["events"]["total"].as_u64()?, timeline["loss"]["dropped"].as_u64()?);
        (events + lost == posted + sent && agent.backlog() == 0).then_some(lost)
    });
    assert_eq!(lost, 1, "the one that did not fit");
}
