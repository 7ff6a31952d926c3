//! Timelines that are read over HTTP after a start: a million events, and ten million, whose fold is several times larger
//! than the memory. What that takes in time, and in memory at its peak.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The events are
//! those of `blocks`. The peak is what the system counts of the whole process, from the server's start on.
#![cfg_attr(not(target_os = "linux"), allow(unused))]
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "blocks/load.rs"]
mod load;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use upto_server::Server;
use upto_server::block::BlockWriter;
use upto_server::clock::SystemClock;
use upto_server::store::{Append, Log, RedbStore};
use upto_server::timeline::Fold;

use self::load::{Load, Marks};

const COMMIT: Duration = Duration::from_millis(20);
/// Blocks that are appended together.
const BLOCKS: usize = 64;
const TIMELINE: &str = "/api/contexts/c/timelines/t";
/// The stream of the context's first timeline.
const STREAM: &str = "marks/c/t/1";
/// The server's default, and what it may take beside that.
const MEMORY_BYTES: usize = 256 << 20;
const BESIDE_BYTES: usize = 100 << 20;
/// Says to the process that it is to fill a folder, and end: what that leaves in memory is not the server's.
const FILL: &str = "UPTO_BENCH_FILL";

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Some(folder) = std::env::var_os(FILL) {
        let events = std::env::args().nth(1).and_then(|events| events.parse().ok()).expect("a number");
        return fill(Path::new(&folder), events);
    }
    measure("1m", 1_000_000, Some(400.0));
    measure("10m", 10_000_000, None);
}

fn measure(name: &str, events: usize, goal: Option<f64>) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("this program");
    let filled = Command::new(program).arg(events.to_string()).env(FILL, folder.path()).status();
    assert!(filled.expect("this program").success());
    forget_peak();
    let runtime = runtime();
    let server =
        runtime.block_on(Server::builder().any_port().data(folder.path()).start()).expect("a server");
    let url = server.http_urls().next().expect("a URL");
    let get = |path: &str| {
        let began = Instant::now();
        let body = ureq::get(format!("{url}{TIMELINE}{path}")).call().expect("an answer").into_body();
        let body = body.into_with_config().limit(1 << 30).read_to_string().expect("text");
        (began.elapsed().as_secs_f64() * 1e3, body)
    };
    let (cold, body) = get("");
    assert!(body.contains(&format!("\"total\":{events}")), "{body}");
    figure(&format!("timeline_{name}_get_cold"), cold, "ms");
    if let Some(goal) = goal {
        ratio(&format!("timeline_{name}_get_cold_to_goal"), cold / goal, "<=1.0");
    }
    figure(&format!("timeline_{name}_get_again"), get("").0, "ms");
    figure(&format!("timeline_{name}_events"), get("/events").0, "ms");
    figure(&format!("timeline_{name}_tree"), get("/tree").0, "ms");
    let peak = peak_bytes();
    figure(&format!("timeline_{name}_peak_memory"), peak as f64 / f64::from(1 << 20), "MiB");
    ratio(
        &format!("timeline_{name}_peak_memory_to_goal"),
        peak as f64 / (MEMORY_BYTES + BESIDE_BYTES) as f64,
        "<=1.0",
    );
    runtime.block_on(server.shutdown()).expect("everything is stored");
}

/// Writes a timeline of so many events as a server would.
fn fill(folder: &Path, events: usize) {
    let runtime = runtime();
    runtime.block_on(async {
        let server = Server::builder().any_port().data(folder).start().await.expect("a server");
        let url = server.http_urls().next().expect("a URL");
        let open = move || {
            ureq::post(format!("{url}/api/contexts/c/timelines"))
                .header("content-type", "application/json")
                .send(r#"{"name":"t"}"#)
        };
        tokio::task::spawn_blocking(open).await.expect("done").expect("a timeline");
        server.shutdown().await.expect("everything is stored");
    });
    let store = runtime.block_on(RedbStore::open(folder, Arc::new(SystemClock))).expect("a store");
    let (mut fold, mut appends) = (Fold::default(), Vec::new());
    Load::default().for_each_block(events, COMMIT, |marks: &Marks| {
        let mut writer = BlockWriter::default();
        marks.for_each(|mark| writer.fold_and_push(mark, &mut fold));
        let block = writer.finish().expect("a block");
        appends.push(Append { stream: STREAM.to_owned(), block });
        if appends.len() == BLOCKS {
            runtime.block_on(store.append(std::mem::take(&mut appends))).expect("appended");
        }
    });
    runtime.block_on(store.append(appends)).expect("appended");
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// From now on, the peak is that from now on.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("the system takes it");
}

/// The most memory that the process had.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("what the system counts");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    let kilobytes: usize =
        line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number");
    kilobytes * 1024
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
