//! How long it takes to ask 200 hosts, and how many tasks a worker ends, beside what Redis does with the same machine.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The hosts are agents
//! in this process that answer over HTTP on loopback; Redis is a process of its own that keeps what it confirms.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{sleep, yield_now};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use upto_server::agent::{Agent, AgentFleet, AgentHandle};
use upto_server::fleet::{FleetSettings, How, OwnCheck};
use upto_server::store::StoreUrl;
use upto_server::{Handle, Server};

const HOSTS: u64 = 200;
/// The slowest host takes so long; the others take less, each another time.
const SLOWEST: Duration = Duration::from_millis(300);
/// Results that are looked at, after the first ones, in which connections are made.
const RESULTS: usize = 20;
const FIRST: usize = 3;
/// Tasks of a group, and groups.
const TASKS: usize = 256;
const GROUPS: usize = 8;
/// Operations of each kind by which Redis is measured.
const OPERATIONS: &str = "20000";

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let redis = Redis::start(folder.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        ask_all(&redis, folder.path()).await;
        end_tasks(&redis).await;
    });
}

/// How long asking all hosts takes, beside the slowest one of them.
async fn ask_all(redis: &Redis, folder: &Path) {
    let server = serve(redis.url(0), false).await;
    let mut agents = Vec::new();
    for number in 0..HOSTS {
        agents.push(join(redis.url(0), number, folder).await);
    }
    let took = tokio::task::spawn_blocking(move || asked(&server)).await.expect("results");
    let worst = took.iter().copied().fold(0.0, f64::max);
    let median = took.get(took.len() / 2).copied().unwrap_or(worst);
    figure("fleet_ask_200_hosts_median", median, "s");
    figure("fleet_ask_200_hosts_worst", worst, "s");
    ratio("fleet_ask_200_hosts_to_slowest", median / SLOWEST.as_secs_f64(), "<=1.2");
    for agent in agents {
        agent.shutdown().await.expect("it ends");
    }
}

/// A server that asks for the two checks of this benchmark.
async fn serve(store: StoreUrl, worker: bool) -> Handle {
    let off = FleetSettings::default();
    let names =
        ["memory_used", "cpu_used", "disk_used", "procs_running", "disk_io", "network_traffic", "ready"];
    let fleet = FleetSettings {
        enabled: true,
        worker: Some(worker),
        name: Some("server".to_owned()),
        periods: names.into_iter().chain(["healthy"]).map(|name| (name.to_owned(), None)).collect(),
        lease: Duration::from_secs(30),
        ..off
    };
    let quick = check("quick", Duration::from_millis(200), Duration::ZERO);
    let server = Server::builder().any_port().store(store).fleet(fleet);
    let server = if worker { server.check(quick) } else { server.check(slow(Duration::ZERO)) };
    server.start().await.expect("a server")
}

fn slow(takes: Duration) -> OwnCheck {
    check("slow", Duration::from_secs(2), takes)
}

fn check(name: &str, period: Duration, takes: Duration) -> OwnCheck {
    let call = move || {
        sleep(takes);
        Ok(1.0)
    };
    OwnCheck { name: name.to_owned(), unit: String::new(), period, how: How::Call(Arc::new(call)) }
}

/// A host that takes its share of the time that the slowest one takes.
async fn join(store: StoreUrl, number: u64, folder: &Path) -> AgentHandle {
    let takes = SLOWEST.mul_f64((number + 1) as f64 / HOSTS as f64);
    let fleet = AgentFleet { store, address: None, token: None, checks: vec![slow(takes)] };
    let agent = Agent::builder(folder.join(format!("agent-{number}"))).name(format!("host-{number:03}"));
    agent.fleet(fleet).start().await.expect("an agent")
}

/// How long it took to ask all hosts, in order.
fn asked(server: &Handle) -> Vec<f64> {
    let url = server.http_urls().next().expect("a URL");
    let mut took = until("enough results of all hosts", || {
        let page = get(&format!("{url}/api/fleet/checks/slow/results?limit=1000"));
        let items = page["_embedded"]["item"].as_array().expect("items").iter();
        let of_all = items.filter(|item| item["counts"]["ok"].as_u64() == Some(HOSTS));
        let took: Vec<_> = of_all.filter_map(|item| item["took_seconds"].as_f64()).collect();
        sleep(Duration::from_millis(500));
        (took.len() >= RESULTS + FIRST).then_some(took)
    });
    // The latest are first.
    took.truncate(RESULTS);
    took.sort_unstable_by(f64::total_cmp);
    took
}

/// How many tasks one worker ends in a second, and how long after it is asked for one is ended.
async fn end_tasks(redis: &Redis) {
    let server = serve(redis.url(1), true).await;
    let (rate, latencies) = tokio::task::spawn_blocking(move || ended(&server)).await.expect("results");
    figure("fleet_tasks", rate, "tasks/s");
    let at = |share: usize| latencies.get(latencies.len() * share / 100).copied().unwrap_or(0.0);
    figure("fleet_task_latency_median", at(50), "s");
    figure("fleet_task_latency_p99", at(99), "s");
    let raw = redis.rate();
    figure("fleet_redis_push_and_pop", raw, "tasks/s");
    figure("fleet_tasks_to_redis_push_and_pop", rate / raw, "ratio");
}

/// Tasks in a second, and how long each took from being asked for until it ended, in order.
fn ended(server: &Handle) -> (f64, Vec<f64>) {
    let url = server.http_urls().next().expect("a URL");
    until("the check is known", || {
        let checks = get(&format!("{url}/api/fleet/checks"));
        checks["_embedded"]["item"][0]["spread"]["max"].as_f64()
    });
    let began = Instant::now();
    let mut latencies: Vec<f64> = (0..GROUPS).flat_map(|number| group(&url, number)).collect();
    latencies.sort_unstable_by(f64::total_cmp);
    (latencies.len() as f64 / began.elapsed().as_secs_f64(), latencies)
}

/// Asks for a group and waits for its end; how long each of its tasks took.
fn group(url: &str, number: usize) -> Vec<f64> {
    let address = format!("{url}/api/fleet/groups/g{number}");
    let tasks: serde_json::Map<_, _> =
        (0..TASKS).map(|task| (task.to_string(), json!({"check": "quick"}))).collect();
    let body = json!({ "tasks": tasks }).to_string();
    ureq::put(&address).header("content-type", "application/json").send(body).expect("it is taken");
    let group =
        until("the group is complete", || Some(get(&address)).filter(|group| group["complete"] == true));
    let seconds = |time: &Value| {
        let time: jiff::Timestamp = time.as_str().expect("a time").parse().expect("a time");
        time.as_nanosecond() as f64 / 1e9
    };
    let created = seconds(&group["created"]);
    let tasks = group["tasks"].as_object().expect("tasks").values();
    tasks.map(|task| seconds(&task["result"]["ended"]) - created).collect()
}

fn get(url: &str) -> Value {
    let mut answer = ureq::get(url).call().expect("an answer");
    answer.body_mut().with_config().limit(1 << 30).read_json().expect("JSON")
}

/// Asks again and again until there is an answer.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let latest = Instant::now() + Duration::from_secs(600);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < latest, "{what}: not within 10 minutes");
        yield_now();
    }
}

/// A Redis of one's own, that keeps what it confirms.
struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    fn start(folder: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
        command.arg("--port").arg(port.to_string()).arg("--dir").arg(folder);
        let process = command.stdout(Stdio::null()).spawn().expect("redis-server");
        let redis = Redis { process, port };
        until("Redis answers", || redis.ask(&["-n", "1", "-t", "ping_mbulk"]).map(drop));
        redis
    }

    fn url(&self, database: u8) -> StoreUrl {
        format!("redis://127.0.0.1:{}/{database}", self.port).parse().expect("a URL")
    }

    /// What `redis-benchmark` says, as lines of a test and its rate.
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("redis-benchmark");
        command.arg("-p").arg(self.port.to_string()).args(["--csv"]).args(arguments);
        let output = command.stderr(Stdio::null()).output().expect("redis-benchmark");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// How many elements it pushes and pops in a second, one after the other.
    fn rate(&self) -> f64 {
        let said = self.ask(&["-t", "lpush,lpop", "-n", OPERATIONS]).expect("rates");
        let rate = |test: &str| {
            let line = said.lines().find(|line| line.starts_with(&format!("\"{test}\""))).expect("a line");
            let rate = line.split(',').nth(1).expect("a rate").trim_matches('"');
            rate.parse::<f64>().expect("a number")
        };
        1.0 / (1.0 / rate("LPUSH") + 1.0 / rate("LPOP"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.4} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.4} {goal}");
}
