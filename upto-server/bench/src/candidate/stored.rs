//! Ten million events through the whole server: what they take on the disk and in memory, and how soon they are there
//! again after a crash.

use std::time::Instant;

use upto_bench_harness::Candidate;

use super::figure;
use crate::crowd::Crowd;
use crate::failure::Failure;
use crate::feed::feed_all;
use crate::figure::Figure;
use crate::load::Packets;
use crate::receiver::Receiver;
use crate::server::{MEMORY, Server};

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("stored", "10,000,000 events: on the disk, in memory, after kill -9", 1, stored),
    Candidate::figures("watched", "5,000,000 events while 50 watch and one asks: in memory", 1, watched),
    Candidate::figures(
        "stored_attribute",
        "likewise, each with a small attribute: on the disk",
        1,
        attribute,
    ),
];

pub(super) const ALL: Packets = Packets { events: 10_000_000, has_attribute: false, timeline: "10m" };
const LARGE: Packets = Packets { events: 1_000_000, timeline: "1m", ..ALL };
const SMALL: Packets = Packets { events: 10_000, timeline: "10k", ..ALL };
const ATTRIBUTE: Packets = Packets { events: 2_500_000, has_attribute: true, timeline: "attribute" };
const WATCHED: Packets = Packets { events: 5_000_000, timeline: "watched", ..ALL };
/// How often the server crashes.
const CRASHES: usize = 5;

fn stored() -> Result<Vec<Figure>, Failure> {
    let mut server = Server::start()?;
    let mut figures = vec![disk(&mut server, "stored", &[SMALL, LARGE, ALL])?];
    figures.push(over_budget(&server, "stored", "memory_over_budget")?);
    read(&server, ALL)?;
    figures.push(over_budget(&server, "stored", "memory_over_budget_read")?);
    for _ in 0..CRASHES {
        let (reopened, took) = server.crash()?;
        figures.push(figure("stored", "reopened", 1e3 * took.as_secs_f64(), "ms"));
        figures.push(figure("stored", "timeline_10k", read(&reopened, SMALL)?, "ms"));
        figures.push(figure("stored", "timeline_1m", read(&reopened, LARGE)?, "ms"));
        server = reopened;
    }
    Ok(figures)
}

fn watched() -> Result<Vec<Figure>, Failure> {
    let mut server = Server::start()?;
    // It has to be there before anybody can watch it.
    feed_all(&mut server, Packets { events: 10, ..WATCHED })?;
    let crowd = Crowd::gather(server.http, server.api.clone(), &path(WATCHED))?;
    feed_all(&mut server, WATCHED)?;
    let answers = crowd.leave()? as f64;
    let over = over_budget(&server, "watched", "memory_over_budget")?;
    Ok(vec![over, figure("watched", "answers", answers, "")])
}

fn attribute() -> Result<Vec<Figure>, Failure> {
    Ok(vec![disk(&mut Server::start()?, "stored_attribute", &[ATTRIBUTE])?])
}

/// Sends all of them; the bytes that each event takes on the disk.
fn disk(server: &mut Server, candidate: &str, all: &[Packets]) -> Result<Figure, Failure> {
    let mut events = 0;
    for packets in all {
        events += feed_all(server, *packets)?.events;
    }
    let bytes = server.disk_bytes()? as f64;
    Ok(figure(candidate, "disk", bytes / events as f64, "bytes/event"))
}

/// By how much the most memory that the server has had is over what it was given.
pub(super) fn over_budget(server: &Server, candidate: &str, name: &str) -> Result<Figure, Failure> {
    let peak = server.process().peak_bytes()? as f64 / f64::from(1 << 20);
    Ok(figure(candidate, name, peak - f64::from(MEMORY), "MiB"))
}

pub(super) fn path(packets: Packets) -> String {
    format!("/api/contexts/bench/timelines/{}", packets.timeline)
}

/// Milliseconds until it is told how many events a timeline has, which have to be all.
fn read(server: &Server, packets: Packets) -> Result<f64, Failure> {
    let began = Instant::now();
    // Not by the links from the root: the list of timelines would read them all.
    let timeline = server.api.json(&path(packets))?;
    let took = began.elapsed();
    if timeline.pointer("/events/total").and_then(serde_json::Value::as_u64) != Some(packets.events as u64) {
        return Err(Failure::Missing("all events of a timeline"));
    }
    Ok(1e3 * took.as_secs_f64())
}
