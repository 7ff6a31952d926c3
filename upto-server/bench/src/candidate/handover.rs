//! What an agent has spooled to the server: how many messages a second are handed over and stored there.
//!
//! Agent and server share one core, so each has about half of what it would have on a host of its own.

use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use upto_bench_harness::Candidate;

use super::figure;
use crate::agent::Agent;
use crate::failure::Failure;
use crate::feed::feed_all;
use crate::figure::Figure;
use crate::load::{Packets, Size};
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("handover_push", "an agent's spool, pushed to upto-server on redb", ROUNDS, push),
    Candidate::figures("handover_pull", "likewise, pulled by it", ROUNDS, pull),
];

const ROUNDS: usize = 3;
const PACKETS: Packets = Packets { events: 1_000_000, has_attribute: false, timeline: "spooled" };
/// How long it may take until all is handed over.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);

fn push() -> Result<Vec<Figure>, Failure> {
    let (folder, size) = spooled()?;
    let server = Server::start()?;
    let agent = Agent::start(folder.path(), Some(&server.url))?;
    let figures = handed_over("handover_push", &server, size);
    drop(agent);
    figures
}

fn pull() -> Result<Vec<Figure>, Failure> {
    let (folder, size) = spooled()?;
    let agent = Agent::start(folder.path(), None)?;
    let server = Server::asking(&agent.url)?;
    handed_over("handover_pull", &server, size)
}

/// A spool that has all packets, and no agent that runs on it.
fn spooled() -> Result<(TempDir, Size), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::system("make a folder for the agent"))?;
    let mut agent = Agent::start(folder.path(), None)?;
    let size = feed_all(&mut agent, PACKETS)?;
    Ok((folder, size))
}

/// Waits until the server has stored all of it. Time counts from when both run.
fn handed_over(candidate: &str, server: &Server, size: Size) -> Result<Vec<Figure>, Failure> {
    let began = Instant::now();
    while taken(server)? < size.messages {
        if began.elapsed() > PATIENCE {
            return Err(Failure::Missing("an agent that hands over all it has"));
        }
        thread::sleep(LOOK_EVERY);
    }
    let rate = size.messages as f64 / began.elapsed().as_secs_f64();
    let timeline = server.api.timeline()?;
    let unaccounted = timeline.events.abs_diff(size.events)
        + timeline.packets.abs_diff(size.datagrams)
        + timeline.messages.abs_diff(size.messages)
        + timeline.lost_packets
        + timeline.dropped;
    Ok(vec![
        figure(candidate, "rate", rate, "messages/s"),
        figure(candidate, "unaccounted", unaccounted as f64, "messages, packets and events"),
    ])
}

/// Messages of the agent that are stored, by what the server says of it.
fn taken(server: &Server) -> Result<u64, Failure> {
    let agents = server.api.json("/api/agents")?;
    Ok(agents.pointer("/_embedded/item/0/messages").and_then(serde_json::Value::as_u64).unwrap_or(0))
}
