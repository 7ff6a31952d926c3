//! How long 1,000 readers of one timeline wait until each has a change.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The server and its
//! readers share the machine and this process, so what is measured is more than what the server takes: from before an event
//! is sent over HTTP until the last reader has read it from its connection.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use upto_server::store::StoreUrl;
use upto_server::{Handle, Server};

const READERS: usize = 1_000;
const CHANGES: usize = 100;
/// Changes at first that are not measured.
const WARMING: usize = 10;
/// Stands before the number of a change in the name of its event.
const SIGN: &[u8] = b"change ";
/// Digits of that number.
const DIGITS: usize = 4;
/// Bytes that are looked at again with what comes next: what is looked for may come in two parts.
const KEPT: usize = 32;
/// Files that are open at most: both ends of each connection, and others.
const FILES: u64 = 2 * READERS as u64 + 200;
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    allow_files();
    let (serving, reading) = (runtime(2), runtime(1));
    let server = serving.block_on(Server::builder().store(StoreUrl::Memory).any_port().start());
    let server = server.expect("a server");
    let times = measure(&server, &reading);
    serving.block_on(server.shutdown()).expect("everything is stored");
    report(times);
}

/// Of each change, how long each reader waited, in milliseconds.
fn measure(server: &Handle, reading: &Runtime) -> Vec<Vec<f64>> {
    let (address, url) = (server.http_addresses()[0], server.http_urls().next().expect("a URL"));
    post(&url, "first");
    let (seen, mut all_seen) = unbounded_channel();
    for _ in 0..READERS {
        reading.spawn(read(address, seen.clone()));
    }
    // That they listen.
    reading.block_on(next(&mut all_seen));
    let mut change = |number: usize| {
        let began = Instant::now();
        post(&url, &format!("change {number:0DIGITS$}"));
        let seen = reading.block_on(next(&mut all_seen));
        assert!(seen.iter().all(|(of, _)| *of == number), "a reader missed a change");
        seen.iter().map(|(_, at)| at.duration_since(began).as_secs_f64() * 1e3).collect()
    };
    (1..=WARMING + CHANGES).map(&mut change).skip(WARMING).collect()
}

fn report(times: Vec<Vec<f64>>) {
    let mut worst: Vec<f64> = times.iter().map(|each| each.iter().copied().fold(0.0, f64::max)).collect();
    let mut all: Vec<f64> = times.into_iter().flatten().collect();
    all.sort_by(f64::total_cmp);
    worst.sort_by(f64::total_cmp);
    let slowest = worst[worst.len() - 1];
    figure("live_readers_1k_p50", all[all.len() / 2], "ms");
    figure("live_readers_1k_last_p50", worst[worst.len() / 2], "ms");
    figure("live_readers_1k_worst", slowest, "ms");
    ratio("live_readers_1k_worst_to_goal", slowest / 1_000.0, "<=1.0");
}

/// Tells whenever it has read of the next change; at first, that it listens.
async fn read(address: SocketAddr, seen: UnboundedSender<(usize, Instant)>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let asked = format!("GET /api/contexts/c/timelines/t/live HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.expect("asked");
    let (mut got, mut piece, mut last) = (Vec::new(), vec![0; 16 << 10], None);
    loop {
        // The server ends when everything is measured.
        let Ok(read @ 1..) = stream.read(&mut piece).await else { return };
        got.extend_from_slice(&piece[..read]);
        let number = number_in(&got);
        if last.is_none() && holds(&got, b"event: timeline") || number > last && last.is_some() {
            last = Some(number.unwrap_or(0));
            // Nobody counts any more when everything is measured.
            let _ = seen.send((number.unwrap_or(0), Instant::now()));
        }
        got.drain(..got.len().saturating_sub(KEPT));
    }
}

/// The number of the last change in this text.
fn number_in(text: &[u8]) -> Option<usize> {
    let at = text.windows(SIGN.len()).rposition(|window| window == SIGN)? + SIGN.len();
    std::str::from_utf8(text.get(at..at + DIGITS)?).ok()?.parse().ok()
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// What each reader tells next.
async fn next(seen: &mut UnboundedReceiver<(usize, Instant)>) -> Vec<(usize, Instant)> {
    let mut all = Vec::with_capacity(READERS);
    while all.len() < READERS {
        all.push(timeout(LIMIT, seen.recv()).await.expect("in time").expect("a reader"));
    }
    all
}

fn post(url: &str, name: &str) {
    let mut mark = Vec::new();
    write!(mark, r#"{{"context": "c", "timeline": "t", "name": "{name}", "type": "event", "id": 1}}"#)
        .expect("memory");
    let request = ureq::post(format!("{url}/api/events")).content_type("application/json");
    request.send(&mark[..]).expect("taken");
}

fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime")
}

/// As many files as this needs, if the system allows it.
fn allow_files() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.current.map(|current| current.max(FILES));
        setrlimit(Resource::Nofile, limit).expect("more files");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = FILES;
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
