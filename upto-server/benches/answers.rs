//! How long questions about a large timeline take, and how many bytes its columns are.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The events
//! are those of 64 workers, each with one request after the other and three steps in each, of random lengths; steps are
//! of 48 names, and one in a thousand failed.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use upto_server::timeline::State;
use upto_server::timeline::blame::{Blame, By};
use upto_server::timeline::columns::{CHUNK, chunks};
use upto_server::timeline::critical_path::{CriticalPath, PathOptions};
use upto_server::timeline::forest::{Forest, Grouping};
use upto_server::timeline::nesting::Nesting;
use upto_server::timeline::table::{Row, Table};
use upto_server::timeline::view::{Picture, View, ViewOptions};

const MILLION: usize = 1_000_000;
const WORKERS: usize = 64;
const STEPS: u32 = 48;
const CACHE: usize = 512 << 20;
const BEGIN: i64 = 1_795_229_259_000_000_000;

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (small, large) = (load(10_000), load(MILLION));
    forests(&large);
    views(&small, &large);
    paths(&large);
    columns();
}

fn forests(table: &Arc<Table>) {
    let took = median(5, || Forest::of(Arc::clone(table), Grouping::Names, None));
    figure("forest_1m", took, "ms");
    ratio("forest_1m_to_goal", took / 500.0, "<=1.0");
    figure("forest_1m_by_hosts", median(3, || Forest::of(Arc::clone(table), Grouping::Hosts, None)), "ms");
    let distinct = distinct(MILLION);
    let took = median(3, || Forest::of(Arc::clone(&distinct), Grouping::Names, None));
    figure("forest_1m_of_as_many_names", took, "ms");
    ratio("forest_1m_of_as_many_names_to_goal", took / 1_000.0, "<=1.0");
    let chain = chain(MILLION);
    let took = median(3, || Forest::of(Arc::clone(&chain), Grouping::Names, None));
    figure("forest_1m_in_one_chain", took, "ms");
}

/// Many views of all kinds: the whole and parts of it, open and collapsed, with lanes.
///
/// A hundred times as many events of the same kind make another picture, of four times as many bars, each of which stands for
/// many. So what a view costs by its pixels is compared between timelines that make the same picture.
fn views(small: &Arc<Table>, large: &Arc<Table>) {
    for (kind, collapsed_from, is_opened) in
        [("open", u16::MAX, false), ("collapsed", 0, false), ("lanes", u16::MAX, true)]
    {
        let small = views_of(Arc::clone(small), collapsed_from, is_opened);
        let large = views_of(Arc::clone(large), collapsed_from, is_opened);
        for (size, views) in [("10k", &small), ("1m", &large)] {
            figure(&format!("view_{size}_{kind}_p99"), views.p99, "ms");
            figure(&format!("view_{size}_{kind}_bars"), views.bars, "bars");
            figure(&format!("view_{size}_{kind}_bar"), views.bar, "ns/bar");
        }
        ratio(&format!("view_1m_{kind}_p99_to_goal"), large.p99 / 30.0, "<=1.0");
    }
    let (small, large) =
        (views_of(bursts(10_000), u16::MAX, false), views_of(bursts(MILLION), u16::MAX, false));
    for (size, views) in [("10k", &small), ("1m", &large)] {
        figure(&format!("view_{size}_alike_p99"), views.p99, "ms");
        figure(&format!("view_{size}_alike_bars"), views.bars, "bars");
    }
    ratio("view_1m_to_10k_alike_p99", large.p99 / small.p99, "<=2.0");
}

/// What views of one timeline cost.
struct Views {
    /// Milliseconds.
    p99: f64,
    /// How many there are in one, on average.
    bars: f64,
    /// Nanoseconds for each of these.
    bar: f64,
}

fn views_of(table: Arc<Table>, collapsed_from: u16, is_opened: bool) -> Views {
    const VIEWS: usize = 500;
    let (from, to) = table.extent().expect("events");
    let picture = Picture::new(Forest::of(table, Grouping::Names, None), CACHE);
    let keys: Vec<u64> = picture.forest().nodes().iter().map(|node| node.key).collect();
    let opened = if is_opened { &keys[2..4] } else { &[] };
    let mut random = fastrand::Rng::with_seed(3);
    let mut view = || {
        let width = if random.bool() { 1_000 } else { 2_000 };
        let part = (to - from) / [1, 2, 10, 100, 1_000][random.usize(0..5)];
        let from = random.i64(from..=to - part);
        let (rows, now, min_duration) = ((0, 50), Some(to), 0);
        let to = from + part.max(1);
        let options =
            ViewOptions { from, to, width, rows, collapsed_from, toggled: &[], opened, min_duration, now };
        let began = Instant::now();
        let view = black_box(View::of(&picture, &options).expect("a view"));
        (began.elapsed().as_secs_f64(), view.rows.iter().map(|row| row.bars.len()).sum::<usize>())
    };
    // What is looked at for the first time is prepared.
    view();
    let all: Vec<(f64, usize)> = (0..VIEWS).map(|_| view()).collect();
    let mut times: Vec<f64> = all.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    let bars: usize = all.iter().map(|(_, bars)| bars).sum();
    let bar = 1e9 * times.iter().sum::<f64>() / bars as f64;
    Views { p99: 1e3 * times[VIEWS * 99 / 100], bars: bars as f64 / VIEWS as f64, bar }
}

fn paths(table: &Arc<Table>) {
    let forest = Forest::of(Arc::clone(table), Grouping::Names, None);
    let nesting = Nesting::of(&forest);
    figure("nesting_1m", median(3, || Nesting::of(&forest)), "ms");
    let options = PathOptions::default();
    let took = median(3, || CriticalPath::of(&forest, &Nesting::of(&forest), &options));
    figure("critical_path_1m", took, "ms");
    ratio("critical_path_1m_to_goal", took / 1_000.0, "<=1.0");
    let path = CriticalPath::of(&forest, &nesting, &options).ok();
    figure("blame_1m", median(3, || Blame::of(&forest, &nesting, path.as_ref(), By::Drag, 20)), "ms");
    let chain = Forest::of(chain(MILLION), Grouping::Names, None);
    let took = median(3, || CriticalPath::of(&chain, &Nesting::of(&chain), &options));
    figure("critical_path_1m_in_one_chain", took, "ms");
    ratio("critical_path_1m_in_one_chain_to_goal", took / 1_000.0, "<=1.0");
}

/// Events that do not nest, as those of `blocks` are.
fn columns() {
    for (name, events) in [("100k", 100_000), ("1m", MILLION)] {
        let table = flat(events);
        let began = Instant::now();
        let packed: Vec<u8> = chunks(&table, CHUNK)
            .flat_map(|chunk| rmp_serde::to_vec_named(&chunk).expect("MessagePack"))
            .collect();
        figure(&format!("columns_{name}_write"), began.elapsed().as_secs_f64() * 1e3, "ms");
        let json: Vec<u8> =
            chunks(&table, CHUNK).flat_map(|chunk| serde_json::to_vec(&chunk).expect("JSON")).collect();
        let each =
            |bytes: &[u8]| zstd::bulk::compress(bytes, 3).expect("compressed").len() as f64 / events as f64;
        figure(&format!("columns_{name}_message_pack"), packed.len() as f64 / events as f64, "bytes/event");
        figure(&format!("columns_{name}_message_pack_zstd"), each(&packed), "bytes/event");
        figure(&format!("columns_{name}_json_zstd"), each(&json), "bytes/event");
        ratio(&format!("columns_{name}_bytes_to_goal"), each(&packed) / 7.0, "<=1.0");
    }
}

/// Requests of three steps, by workers on four hosts.
fn load(events: usize) -> Arc<Table> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut names: Vec<Arc<str>> =
        (0..STEPS).map(|step| format!("service.request.step_{step:02}").into()).collect();
    names.insert(0, "service.request".into());
    let hosts = (0..4).map(|host| format!("ci-{host:02}").into()).collect();
    let (mut at, mut rows) = (vec![BEGIN; WORKERS], Vec::with_capacity(events));
    for request in 0..events / 4 {
        let worker = request % WORKERS;
        let host = u32::try_from(worker % 4).expect("small");
        let began = at[worker] + about(&mut random, 100_000.0);
        let mut end = began;
        let id = |part: usize| u64::try_from(4 * request + part + 1).expect("small");
        for part in 1..4 {
            let start = end + about(&mut random, 10_000.0);
            end = start + about(&mut random, 300_000.0);
            let state = if random.u32(0..1_000) == 0 { State::Failed } else { State::Done };
            let name = random.u32(1..=STEPS);
            rows.push(Row {
                name,
                host,
                id: id(part),
                parent: id(0),
                start: Some(start),
                end: Some(end),
                state,
            });
        }
        at[worker] = end + 1_000;
        let end = Some(at[worker]);
        rows.push(Row { name: 0, host, id: id(0), parent: 0, start: Some(began), end, state: State::Done });
    }
    Arc::new(Table::new(names, hosts, rows))
}

/// In each of 30 rows 30 bursts with pauses between them, in one of ten of which something fails: more events make the bursts
/// denser, and the picture stays as it is.
fn bursts(events: usize) -> Arc<Table> {
    const ROWS: usize = 30;
    const BURSTS: usize = 30;
    const LENGTH: i64 = 10_000_000;
    let mut random = fastrand::Rng::with_seed(5);
    let names: Vec<Arc<str>> = (0..ROWS).map(|row| format!("part_{row:02}").into()).collect();
    let each = events / (ROWS * BURSTS);
    let row = |event: usize| {
        let (burst, row, place) = (event / each / ROWS, event / each % ROWS, event % each);
        let length = LENGTH / i64::try_from(each).expect("small");
        let at = i64::try_from(burst).expect("small") * 2 * LENGTH;
        let start = BEGIN + at + i64::try_from(place).expect("small") * length;
        let end = Some(start + 1 + random.i64(0..length));
        let state = if place == 0 && (burst + row).is_multiple_of(10) { State::Failed } else { State::Done };
        let (name, id) = (u32::try_from(row).expect("small"), event as u64 + 1);
        Row { name, host: 0, id, parent: 0, start: Some(start), end, state }
    };
    let rows = (0..each * ROWS * BURSTS).map(row).collect();
    Arc::new(Table::new(names, vec!["".into()], rows))
}

/// Events without parts, one after the other in each worker, with ids as a client gives them.
fn flat(events: usize) -> Table {
    let mut random = fastrand::Rng::with_seed(7);
    let mut names: Vec<Arc<str>> =
        (0..50).map(|name| format!("service.request.step_{name}").into()).collect();
    names.sort();
    let mut workers: Vec<(i64, u64)> = (128..192).map(|worker| (BEGIN, worker << 13)).collect();
    let row = |event: usize| {
        let (at, id) = &mut workers[event % WORKERS];
        let start = *at + about(&mut random, 100_000.0);
        (*at, *id) = (start + about(&mut random, 400_000.0), *id + 1);
        let (name, end) = (random.u32(0..50), Some(*at));
        Row { name, host: 0, id: *id, parent: 0, start: Some(start), end, state: State::Done }
    };
    let rows = (0..events).map(row).collect();
    Table::new(names, vec!["ci-01".into()], rows)
}

/// Every event has a name of its own.
fn distinct(events: usize) -> Arc<Table> {
    let names = (0..events).map(|name| format!("build.target_{:03}.file_{name:07}", name / 1_000).into());
    let names: Vec<Arc<str>> = names.collect();
    let row = |(name, start): (u32, i64)| Row {
        name,
        host: 0,
        id: 0,
        parent: 0,
        start: Some(BEGIN + 100 * start),
        end: Some(BEGIN + 100 * start + 1_000),
        state: State::Done,
    };
    let rows = (0..).zip(0..).take(events).map(row).collect();
    Arc::new(Table::new(names, vec!["".into()], rows))
}

/// Every event is part of the one before.
fn chain(events: usize) -> Arc<Table> {
    let row = |(id, at): (u64, i64)| Row {
        name: 0,
        host: 0,
        id: id + 1,
        parent: id,
        start: Some(BEGIN + at),
        end: Some(BEGIN + 10_000_000 - at),
        state: State::Done,
    };
    let rows = (0..).zip(0..).take(events).map(row).collect();
    Arc::new(Table::new(vec!["span".into()], vec!["".into()], rows))
}

/// Exponentially distributed, in nanoseconds.
#[allow(clippy::cast_possible_truncation)]
fn about(random: &mut fastrand::Rng, mean: f64) -> i64 {
    (-(1.0 - random.f64()).ln() * mean) as i64 + 1
}

fn median<T>(times: usize, mut question: impl FnMut() -> T) -> f64 {
    let mut took: Vec<f64> = (0..times)
        .map(|_| {
            let began = Instant::now();
            black_box(question());
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[times / 2]
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
