//! `kill -9`, again and again at random moments, of a server that HTTP and UDP feed as fast as they can, and of its
//! database: everything acknowledged is there in the end, and the store is whole after each.
//!
//! How many kills there are for each back end stands in `store.rs`, unless `UPTO_KILLS` says it: `make kills`.

// The seed of a test that failed is in its output.
#![allow(clippy::print_stdout)]

pub(super) mod keeper;
mod load;

use std::collections::HashSet;
use std::ops::AddAssign;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use upto_server::timeline::columns::ColumnsReader;

#[cfg(feature = "_sql")]
pub(super) use self::keeper::SqlServer;
#[cfg(feature = "sqlite")]
pub(super) use self::keeper::SqliteFile;
pub(super) use self::keeper::{Keeper, RedbFolder};
use self::load::{Load, PACKET_EVENTS};
use crate::support::{Client, ServerProcess, command, store_is_whole};

/// How many kills there are, whatever the back end.
const KILLS: &str = "UPTO_KILLS";
/// So many rounds share a store, and the next ones have a fresh one: everything in it is read after each.
const ROUNDS_PER_STORE: u32 = 10;

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

/// What was seen in all rounds.
#[derive(Default)]
struct Seen {
    requests: usize,
    packets: u64,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, more: Self) {
        self.requests += more.requests;
        self.packets += more.packets;
    }
}

pub(super) fn nothing_acknowledged_is_lost<K: Keeper>(kills: u32) {
    let kills = kills_or(kills);
    let (mut random, mut seen) = (Rng::with_seed(seed()), Seen::default());
    let mut left = kills;
    while left > 0 {
        let rounds = left.min(ROUNDS_PER_STORE);
        seen += one_store::<K>(rounds, &mut random);
        left -= rounds;
    }
    let Seen { requests, packets } = seen;
    assert!(packets > 0, "packets were stored as well");
    println!("{kills} kills: {requests} requests were acknowledged, and {packets} packets are stored");
}

/// So many rounds on a fresh store, and what is in it in the end.
fn one_store<K: Keeper>(rounds: u32, random: &mut Rng) -> Seen {
    let mut keeper = K::start();
    let rounds: Vec<_> = (0..rounds).map(|number| round(&mut keeper, number, random)).collect();
    let server = ServerProcess::on_store(&keeper.url());
    let packets = rounds.iter().map(|load| everything_is_there(&server.client, load)).sum();
    Seen { requests: rounds.iter().map(Load::requests).sum(), packets }
}

/// What the environment says.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

/// How many kills there are, `usual` if the environment does not say it.
pub(super) fn kills_or(usual: u32) -> u32 {
    number(KILLS).map_or(usual, |kills| u32::try_from(kills).expect("a number of kills"))
}

/// Of this run, or the one that is to be repeated.
pub(super) fn seed() -> u64 {
    let seed = number(SEED).unwrap_or_else(|| fastrand::u64(..));
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
            keeper.leave();
            keeper.come_back();
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
    let answer = client.get(&format!("{timeline}/columns"));
    assert!([200, 404].contains(&answer.status), "{timeline}: {}", answer.status);
    let lines = if answer.status == 200 { answer.body } else { Vec::new() };
    let mut columns = ColumnsReader::default();
    for chunk in serde_json::Deserializer::from_slice(&lines).into_iter() {
        columns.push(&chunk.expect("a chunk")).expect("events");
    }
    let ids: Vec<_> = columns.finish().rows().map(|row| row.id).collect();
    ids.into_iter()
}
