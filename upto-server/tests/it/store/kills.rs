//! `kill -9`, again and again at random moments, of a server that HTTP and UDP feed as fast as they can, and of its
//! database: everything acknowledged is there in the end, and the store is whole after each.

// The seed of a test that failed is in its output.
#![allow(clippy::print_stdout)]

mod keeper;
mod load;

use std::collections::HashSet;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

#[cfg(feature = "_sql")]
pub(super) use self::keeper::SqlServer;
#[cfg(feature = "sqlite")]
pub(super) use self::keeper::SqliteFile;
pub(super) use self::keeper::{Keeper, RedbFolder};
use self::load::{Load, PACKET_EVENTS};
use crate::support::{Client, ServerProcess, command, store_is_whole};

/// So many requests are acknowledged before a kill, at most.
const REQUESTS: usize = 24;
/// About twice as long as a commit: a kill comes at any moment of one.
const COMMITS: Duration = Duration::from_millis(40);
/// About as long as a server takes to repair and open what the one before it left.
const START: Duration = Duration::from_millis(80);
/// One in so many servers is killed while it starts, beside the kills that are counted.
const STARTS_PER_KILLED: u32 = 5;
/// One in so many rounds kills the database too, if there is one.
const ROUNDS_PER_CRASH: u32 = 3;
/// Set to what a failed test printed, it makes the same choices again.
const SEED: &str = "UPTO_TEST_SEED";

macro_rules! kills {
    ($name:ident, $keeper:ty, $kills:literal) => {
        #[test]
        fn $name() {
            crate::store::kills::nothing_acknowledged_is_lost::<$keeper>($kills);
        }
    };
}

pub(super) fn nothing_acknowledged_is_lost<K: Keeper>(kills: u32) {
    let mut random = Rng::with_seed(seed());
    let mut keeper = K::start();
    let rounds: Vec<_> = (0..kills).map(|number| round(&mut keeper, number, &mut random)).collect();
    let server = ServerProcess::on_store(&keeper.url());
    let packets: u64 = rounds.iter().map(|load| everything_is_there(&server.client, load)).sum();
    assert!(packets > 0, "packets were stored as well");
    let requests: usize = rounds.iter().map(Load::requests).sum();
    println!("{kills} kills: {requests} requests were acknowledged, and {packets} packets are stored");
}

/// Of this run, or the one that is to be repeated.
pub(super) fn seed() -> u64 {
    let given = std::env::var(SEED).ok();
    let seed = given.map_or_else(|| fastrand::u64(..), |text| text.parse().expect("a seed is a number"));
    println!("{SEED}={seed}");
    seed
}

/// Feeds a server, kills it, and looks whether the store is whole.
fn round(keeper: &mut impl Keeper, number: u32, random: &mut Rng) -> Load {
    let url = keeper.url();
    if random.u32(..STARTS_PER_KILLED) == 0 {
        kill_a_start(&url, moment_of(START, random));
    }
    let server = ServerProcess::on_store(&url);
    let load = Load::new(number);
    thread::scope(|scope| {
        let _running = load.start(scope, &server.client);
        load.wait_for(random.usize(1..=REQUESTS));
        if random.u32(..ROUNDS_PER_CRASH) == 0 {
            keeper.crash();
            // The server found its database again by itself.
            load.wait_for(load.requests() + random.usize(1..=REQUESTS));
        }
        thread::sleep(moment_of(COMMITS, random));
        server.kill();
    });
    store_is_whole(&url);
    load
}

fn moment_of(span: Duration, random: &mut Rng) -> Duration {
    span.mul_f64(random.f64())
}

/// Kills a server that may have come as far as repairing what the last one left, or may have begun to serve.
fn kill_a_start(url: &str, after: Duration) {
    let mut command = command();
    command.args(["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]).env("UPTO_SERVER_STORE", url);
    let mut child = command.stdout(Stdio::null()).spawn().expect("the server's binary");
    thread::sleep(after);
    child.kill().expect("killed");
    child.wait().expect("ended");
}

/// Compares what is stored of a load with what was acknowledged; how many of its packets are stored.
fn everything_is_there(client: &Client, load: &Load) -> u64 {
    let stored: HashSet<_> = ids(client, &load.requested()).collect();
    let acknowledged = load.acknowledged();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", acknowledged.len());
    whole_packets(client, &load.flooded())
}

/// The marks of a packet are committed together, so that each is there as a whole or not at all.
fn whole_packets(client: &Client, timeline: &str) -> u64 {
    let mut ids: Vec<_> = ids(client, timeline).collect();
    ids.sort_unstable();
    let packets = ids.chunk_by(|one, next| one / PACKET_EVENTS == next / PACKET_EVENTS);
    packets.fold(0, |count, packet| {
        assert_eq!(packet.len() as u64, PACKET_EVENTS, "{packet:?} of a packet of {timeline}");
        count + 1
    })
}

/// Those of all events of a timeline, none if there is no such timeline.
fn ids(client: &Client, timeline: &str) -> impl Iterator<Item = u64> {
    let is_there = client.get(timeline).status == 200;
    let events = if is_there { client.events(timeline) } else { Vec::new() };
    events.into_iter().map(|event| event["id"].as_u64().expect("an id"))
}
