//! Packets of the SDK through the whole server: how many a second, and whether half as many are lost over time.

use std::sync::mpsc::sync_channel;
use std::thread;

use upto_bench_harness::Candidate;

use super::{ROUNDS, figure, taken, whole};
use crate::cores;
use crate::failure::Failure;
use crate::feed::{Fed, feed};
use crate::figure::Figure;
use crate::load::{Packets, Size};
use crate::search::highest;
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("ingest_packets", "upto-server on redb: packets of the SDK", ROUNDS, packets),
    Candidate::figures("ingest_steady", "likewise, half as many as it takes, for 60 s", 1, minute),
];

/// For so long.
const STEADY_SECONDS: f64 = 60.0;
const PACKETS: Packets = Packets { events: 2_500_000, has_attribute: false, timeline: "run" };
/// Runs of packets that are made ahead of being sent.
const AHEAD: usize = 64;

fn packets() -> Result<Vec<Figure>, Failure> {
    let (server, fed, size) = fastest()?;
    let mut figures = taken("ingest_packets", &fed);
    figures.push(figure("ingest_packets", "unaccounted", unaccounted(&server, size)?, UNACCOUNTED));
    Ok(figures)
}

fn minute() -> Result<Vec<Figure>, Failure> {
    let (server, fed, _) = fastest()?;
    drop(server);
    steady(fed.messages_per_second() / 2.0, STEADY_SECONDS)
}

/// At the highest rate without loss: the server, how it was, and what was sent.
fn fastest() -> Result<(Server, Fed, Size), Failure> {
    let mut size = Size::default();
    let load = || {
        let (runs, made) = PACKETS.collect()?;
        size = made;
        Ok(runs)
    };
    let (server, fed) = highest(Server::start, load)?;
    Ok((server, fed, size))
}

const UNACCOUNTED: &str = "messages, packets and events";

/// What is not exactly where it has to be by what the API says, and its doubts.
fn unaccounted(server: &Server, sent: Size) -> Result<f64, Failure> {
    let timeline = server.api.timeline()?;
    let differences = sent.messages.abs_diff(timeline.messages)
        + sent.datagrams.abs_diff(timeline.packets)
        + sent.events.abs_diff(timeline.events);
    Ok((differences + timeline.lost_packets + timeline.dropped + u64::from(timeline.is_in_doubt)) as f64)
}

/// A load for so long that no queue could hide that it is too much.
fn steady(messages_per_second: f64, seconds: f64) -> Result<Vec<Figure>, Failure> {
    let mut server = Server::start()?;
    let (fed, size) = stream(&mut server, messages_per_second, seconds)?;
    let received = server.api.counter("upto_packet_messages_received_total")?;
    let steady = |what, value, unit| figure("ingest_steady", what, value, unit);
    Ok(vec![
        steady("rate", fed.messages_per_second(), "messages/s"),
        steady("rate_cpu", fed.cpu_nanoseconds(), "ns of CPU per message"),
        steady("seconds", fed.seconds, "s"),
        steady("lost", fed.lost as f64, "packets"),
        steady("unaccounted", size.messages.abs_diff(received) as f64, "messages"),
    ])
}

/// Packets that are made while they are sent: those of a minute need not fit memory.
fn stream(server: &mut Server, messages_per_second: f64, seconds: f64) -> Result<(Fed, Size), Failure> {
    cores::keep_to_sender()?;
    let packets = Packets { events: whole(messages_per_second * seconds / 2.0), ..PACKETS };
    thread::scope(|scope| {
        let (give, take) = sync_channel(AHEAD);
        let gone = || Failure::Missing("somebody who sends the packets");
        let maker = scope.spawn(move || packets.for_each(|run| give.send(run).map_err(|_| gone())));
        let fed = feed(server, take, messages_per_second);
        let size = maker.join().map_err(|_| Failure::Missing("the thread that makes packets"))?;
        Ok((fed?, size?))
    })
}
