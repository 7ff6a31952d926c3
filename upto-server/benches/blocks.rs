//! How marks are folded and stored: size, memory and time of ten million events, beside peers in the same run.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The events
//! are those of 64 workers, each with one event after the other, of random length (400 us at the mean) with random
//! pauses (100 us); names are 50, chosen at random, times are in nanoseconds, and marks arrive in the order of time.
//! A block is what arrives in 20 ms, the time between two commits.
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "blocks/load.rs"]
mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use upto_server::block::{Block, BlockWriter};
use upto_server::clock::SystemClock;
use upto_server::store::{Append, Cursor, Log, RedbStore};
use upto_server::timeline::{Fold, Mark};

use self::load::{Load, Marks};

const EVENTS: usize = 10_000_000;
const COMMIT: Duration = Duration::from_millis(20);
/// Blocks that are appended together.
const BLOCKS: usize = 64;
const STREAM: &str = "marks/build/1234";

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    ten_million("", Load::default(), EVENTS, &runtime);
    ten_million("_attribute", Load { has_attribute: true }, EVENTS / 4, &runtime);
    one_timeline("10k", 10_000, 5.0, &runtime);
    one_timeline("1m", 1_000_000, 400.0, &runtime);
    trickle(&runtime);
}

/// One timeline of so many events: what it costs to write, on disk, in memory, and to read.
fn ten_million(name: &str, load: Load, events: usize, runtime: &tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(RedbStore::open(folder.path(), Arc::new(SystemClock))).expect("a store");
    let (mut written, mut peer) = (Written::default(), Peer::default());
    let mut fold = Fold::default();
    let memory = resident_bytes();
    load.for_each_block(events, COMMIT, |marks| {
        written.write(marks, &mut fold);
        if written.appends.len() == BLOCKS {
            runtime.block_on(store.append(std::mem::take(&mut written.appends))).expect("appended");
        }
        peer.write(marks, events / 10);
    });
    runtime.block_on(store.append(std::mem::take(&mut written.appends))).expect("appended");
    let memory = resident_bytes().saturating_sub(memory) as f64 / events as f64;
    drop(store);
    let file = std::fs::metadata(folder.path().join("upto.redb")).expect("a file");
    // The file is made larger ahead of need; what was never written takes no room.
    let disk = std::os::unix::fs::MetadataExt::blocks(&file) * 512;
    let (disk, marks) = (disk as f64 / events as f64, 2.0 * events as f64);
    let block_bytes = written.bytes as f64 / events as f64;
    figure(&format!("blocks{name}_disk"), disk, "bytes/event");
    figure(&format!("blocks{name}_bytes"), block_bytes, "bytes/event");
    figure(&format!("blocks{name}_bytes_rmp_serde_zstd"), peer.bytes_per_event(), "bytes/event");
    figure(&format!("blocks{name}_fold_and_write"), nanoseconds(written.push) / marks, "ns/mark");
    figure(&format!("blocks{name}_compress"), nanoseconds(written.finish) / marks, "ns/mark");
    figure(&format!("blocks{name}_encode_rmp_serde_zstd"), peer.nanoseconds_per_mark(), "ns/mark");
    figure(&format!("fold{name}_memory"), fold.bytes() as f64 / events as f64, "bytes/event");
    let (disk_goal, is_plain) = if name.is_empty() { (8.0, true) } else { (12.0, false) };
    ratio(&format!("blocks{name}_disk_to_goal"), disk / disk_goal, "<=1.0");
    ratio(&format!("blocks{name}_bytes_to_rmp_serde_zstd"), block_bytes / peer.bytes_per_event(), "<=0.5");
    if is_plain {
        // Only of the first: later ones use what it gave back. The store's pages and the peer's are in it.
        figure("fold_memory_resident", memory, "bytes/event");
        ratio("fold_memory_to_goal", fold.bytes() as f64 / events as f64 / 80.0, "<=1.0");
    }
    assert_eq!(fold.summary().total, events as u64);
}

/// A timeline that nobody has in memory: from the store's file to its events' fold.
fn one_timeline(name: &str, events: usize, goal: f64, runtime: &tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = || runtime.block_on(RedbStore::open(folder.path(), Arc::new(SystemClock))).expect("a store");
    let mut written = Written::default();
    let mut fold = Fold::default();
    Load::default().for_each_block(events, COMMIT, |marks| written.write(marks, &mut fold));
    runtime.block_on(store().append(written.appends)).expect("appended");
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let store = store();
            let began = Instant::now();
            let fold = runtime.block_on(read(&store, STREAM));
            let took = began.elapsed();
            assert_eq!(fold.summary().total, events as u64);
            took.as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    figure(&format!("timeline_{name}_read_cold"), median, "ms");
    figure(&format!("timeline_{name}_read_cold_per_mark"), median * 1e6 / (2.0 * events as f64), "ns/mark");
    ratio(&format!("timeline_{name}_read_cold_to_goal"), median / goal, "<=1.0");
}

/// Ten thousand events, each mark of which came alone: twenty thousand blocks.
fn trickle(runtime: &tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(RedbStore::open(folder.path(), Arc::new(SystemClock))).expect("a store");
    let (mut written, mut fold, events) = (Written::default(), Fold::default(), 10_000);
    Load::default().for_each_block(events, Duration::from_nanos(1), |marks| written.write(marks, &mut fold));
    let bytes = written.bytes as f64 / events as f64;
    runtime.block_on(store.append(written.appends)).expect("appended");
    let began = Instant::now();
    let fold = runtime.block_on(read(&store, STREAM));
    figure("trickle_10k_read", began.elapsed().as_secs_f64() * 1e3, "ms");
    figure("trickle_10k_bytes", bytes, "bytes/event");
    assert_eq!(fold.summary().total, events as u64);
}

async fn read(store: &RedbStore, stream: &str) -> Fold {
    let (mut fold, mut after) = (Fold::default(), Cursor::START);
    loop {
        let blocks = store.read(stream, after, 256).await.expect("blocks");
        let Some(last) = blocks.last() else { return fold };
        after = last.cursor;
        for block in &blocks {
            Block::open(&block.bytes).expect("a block").apply(&mut fold).expect("marks");
        }
    }
}

/// What was written, and how long that took.
#[derive(Default)]
struct Written {
    appends: Vec<Append>,
    bytes: usize,
    push: Duration,
    finish: Duration,
}

impl Written {
    fn write(&mut self, marks: &Marks, fold: &mut Fold) {
        let began = Instant::now();
        let mut writer = BlockWriter::default();
        marks.for_each(|mark| writer.fold_and_push(mark, fold));
        let pushed = Instant::now();
        let block = writer.finish().expect("a block");
        self.finish += pushed.elapsed();
        self.push += pushed - began;
        self.bytes += block.len();
        self.appends.push(Append { stream: STREAM.to_owned(), block });
    }
}

/// The same marks as MessagePack by rmp-serde, compressed with the same compressor.
#[derive(Default)]
struct Peer {
    marks: usize,
    bytes: usize,
    took: Duration,
}

/// A mark as one would store it who had only serde.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    kind: u8,
    name: &'a str,
    host: &'a str,
    id: u64,
    time: i64,
    started: Option<i64>,
    unit: Option<i64>,
}

impl Peer {
    fn write(&mut self, marks: &Marks, most: usize) {
        if self.marks >= most {
            return;
        }
        let began = Instant::now();
        let mut bytes = Vec::new();
        marks.for_each(|mark| {
            self.marks += 1;
            rmp_serde::encode::write(&mut bytes, &row(mark)).expect("encoded");
        });
        self.bytes += black_box(zstd::bulk::compress(&bytes, 1).expect("compressed")).len();
        self.took += began.elapsed();
    }

    fn bytes_per_event(&self) -> f64 {
        2.0 * self.bytes as f64 / self.marks as f64
    }

    fn nanoseconds_per_mark(&self) -> f64 {
        nanoseconds(self.took) / self.marks as f64
    }
}

fn row<'a>(mark: &Mark<'a>) -> Row<'a> {
    let unit = mark.attributes.first().and_then(|(_, value)| match value {
        upto::wire::Value::Int(unit) => Some(*unit),
        _ => None,
    });
    let Mark { name, host, id, time, started, .. } = *mark;
    Row { kind: mark.kind as u8, name, host, id, time, started, unit }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// Memory that the process has, as the system counts it.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
