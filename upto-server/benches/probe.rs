//! What it takes to ask 1,000 clusters every second, which answer after 20 ms, while 100 clients watch all of them.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The server is a
//! process of its own on the default store; the clusters and the clients share this one.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tonic::transport::Endpoint;
use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::probes_client::ProbesClient;

const CLUSTERS: usize = 1_000;
const WATCHERS: usize = 100;
/// How long a cluster takes to answer.
const ANSWER: Duration = Duration::from_millis(20);
/// How long is measured, after everything has begun.
const MEASURED: Duration = Duration::from_secs(30);
/// How long it has to begin.
const BEGINNING: Duration = Duration::from_secs(5);

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let clusters = serve().await;
    let server = Server::start(folder.path(), clusters);
    sleep(BEGINNING).await;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::new(AtomicU64::new(0));
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS {
        watchers.push(tokio::spawn(watch(server.url.clone(), stop.clone(), told.clone())));
    }
    sleep(BEGINNING).await;
    let (before, began) = (server.metrics().await, Instant::now());
    sleep(MEASURED).await;
    let (after, seconds) = (server.metrics().await, began.elapsed().as_secs_f64());
    stop.store(true, Ordering::SeqCst);
    let mut holes = 0;
    for watcher in watchers {
        holes += watcher.await.expect("it ends");
    }
    let probes = after.probes - before.probes;
    figure("probe_clusters_1k_probes", probes / seconds, "1/s");
    ratio("probe_clusters_1k_probes_to_goal", probes / seconds / 1_000.0, ">=0.99");
    let late = before.late_99(&after);
    figure("probe_start_delay_p99_below", late, "s");
    ratio("probe_start_delay_p99_to_goal", late / 0.25, "<=1.0");
    figure("probe_server_memory", server.memory_mib(), "MiB");
    figure("probe_watchers_told", count(told.load(Ordering::SeqCst)) / seconds, "1/s");
    figure("probe_watchers_missed", count(holes), "probes");
    ratio("probe_watchers_missed_to_goal", count(holes), "<=0.0");
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Clusters that answer after [`ANSWER`]; where they are.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    address
}

async fn answer(mut stream: TcpStream) {
    let body = r#"{"queue": {"length": 3}, "ok": true}"#;
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut request = [0; 1_024];
    // A request is small, and comes whole.
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        sleep(ANSWER).await;
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Watches all clusters until `stop`; how many probes are missing between those that were told.
async fn watch(url: String, stop: Arc<AtomicBool>, told: Arc<AtomicU64>) -> u64 {
    let channel = Endpoint::from_shared(url).expect("a URL").connect().await.expect("a connection");
    let mut client = ProbesClient::new(channel);
    let mut stream = client.watch(v1::WatchRequest::default()).await.expect("a stream").into_inner();
    let (mut last, mut holes) = (HashMap::<String, u64>::new(), 0);
    while !stop.load(Ordering::SeqCst) {
        let reply = stream.message().await.expect("it goes on").expect("more");
        told.fetch_add(reply.probes.len() as u64, Ordering::SeqCst);
        for probe in reply.probes {
            let before = last.insert(probe.cluster, probe.number);
            holes += before.map_or(0, |before| probe.number.saturating_sub(before + 1));
        }
    }
    holes
}

struct Server {
    child: Child,
    url: String,
}

/// What the server counted so far.
struct Metrics {
    probes: f64,
    /// Bounds in seconds, and how many probes began no later.
    delays: Vec<(f64, f64)>,
}

impl Metrics {
    /// The bound that 99 of 100 probes since began no later than.
    fn late_99(&self, after: &Metrics) -> f64 {
        let since = |(earlier, later): (&(f64, f64), &(f64, f64))| (later.0, later.1 - earlier.1);
        let since: Vec<_> = self.delays.iter().zip(&after.delays).map(since).collect();
        let all = since.last().map_or(0.0, |(_, count)| *count);
        since.iter().find(|(_, count)| *count >= all * 0.99).map_or(f64::INFINITY, |(bound, _)| *bound)
    }
}

impl Server {
    fn start(folder: &Path, clusters: SocketAddr) -> Self {
        let mut text = "clusters:\n".to_owned();
        for number in 0..CLUSTERS {
            let line = format!(
                "- {{name: cluster-{number:04}, connector: http-json, url: 'http://{clusters}/', period: 1s, \
                 figures: {{queue: /queue/length}}, expect: {{/ok: true}}}}"
            );
            writeln!(text, "{line}").expect("a text takes it");
        }
        let file = folder.join("upto.yaml");
        std::fs::write(&file, text).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_upto-server"));
        command.args(["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
        let mut child =
            command.arg("--config").arg(&file).stdout(Stdio::piped()).spawn().expect("the server's binary");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut lines = lines.map(|line| line.expect("text"));
        let url = lines.find_map(|line| line.strip_prefix("http ").map(str::to_owned)).expect("a URL");
        Server { child, url }
    }

    async fn metrics(&self) -> Metrics {
        let url = format!("{}/metrics", self.url);
        let page = tokio::task::spawn_blocking(move || {
            ureq::get(url).call().expect("an answer").body_mut().read_to_string().expect("text")
        });
        let page = page.await.expect("asked");
        let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        let of = |prefix: &'static str| page.lines().filter(move |line| line.starts_with(prefix));
        let bound = |line: &str| match line.split('"').nth(1)? {
            "+Inf" => Some(f64::INFINITY),
            bound => bound.parse().ok(),
        };
        let delays = of("upto_probe_start_delay_seconds_bucket");
        Metrics {
            probes: of("upto_probes_total{").filter_map(value).sum(),
            delays: delays.filter_map(|line| Some((bound(line)?, value(line)?))).collect(),
        }
    }

    /// What it has in memory now.
    fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1_024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.3} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
