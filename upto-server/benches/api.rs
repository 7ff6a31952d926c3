//! How fast questions are answered over HTTP: about timelines of ten thousand, a hundred thousand and a million events, and
//! small ones, beside a route of axum's that does nothing.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, as `foundation` does. The events are
//! those of 64 workers, each with one request after the other and three steps in each. What is asked for the first time
//! after a change is made anew; such times include that.
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "api/load.rs"]
mod load;
#[path = "api/rates.rs"]
mod rates;

use std::time::Instant;

use tokio::runtime::Runtime;
use upto_server::Server;
use upto_server::store::StoreUrl;

use self::load::{events, json};

/// Messages of one request.
const BATCH: usize = 20_000;
/// Views that are asked for, of each timeline.
const VIEWS: usize = 300;
/// Contexts of the list that is asked for all the time.
const CONTEXTS: usize = 20;
/// Enough for folds and what is made of them: what is measured is time.
const MEMORY_BYTES: usize = 2 << 30;

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = Runtime::new().expect("a runtime");
    let builder = Server::builder().store(StoreUrl::Memory).memory_bytes(MEMORY_BYTES);
    let server = runtime.block_on(builder.any_port().start()).expect("a server");
    let client = Client { agent: agent(), url: server.http_urls().next().expect("a URL") };
    for (timeline, count, late) in
        [("10k", 10_000, 0.0), ("1m", 1_000_000, 0.0), ("100k", 100_000, 0.0), ("100k_slower", 100_000, 0.2)]
    {
        client.fill(timeline, count, late);
    }
    for (timeline, count) in [("10k_alike", 10_000), ("1m_alike", 1_000_000)] {
        client.post_all(timeline, &load::bursts(count));
    }
    views(&client);
    critical_path(&client);
    compare(&client);
    (1..CONTEXTS).for_each(|number| client.post(&json(&format!("c{number}"), "t", &events(10, 0.0))));
    rates::measure(&runtime, &client.url);
    runtime.block_on(server.shutdown()).expect("everything is stored");
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// Who asks, over one connection.
struct Client {
    agent: ureq::Agent,
    url: String,
}

impl Client {
    fn fill(&self, timeline: &str, count: usize, late: f64) {
        self.post_all(timeline, &events(count, late));
    }

    fn post_all(&self, timeline: &str, events: &[load::Ended]) {
        events.chunks(BATCH).for_each(|events| self.post(&json("c", timeline, events)));
    }

    fn post(&self, body: &str) {
        let request = self.agent.post(format!("{}/api/events", self.url));
        let answer = request.header("content-type", "application/json").send(body).expect("an answer");
        assert_eq!(answer.status(), 201);
    }

    /// Milliseconds until everything of the answer is there.
    fn took(&self, path: &str) -> f64 {
        let began = Instant::now();
        let mut answer = self.agent.get(format!("{}{path}", self.url)).call().expect("an answer");
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body");
        let took = began.elapsed().as_secs_f64() * 1e3;
        assert_eq!(answer.status(), 200, "{path}: {}", String::from_utf8_lossy(&body));
        took
    }

    /// The median of three times, each after an event was added to the timeline.
    fn took_after_changes(&self, timeline: &str, path: &str) -> f64 {
        let mut times: Vec<f64> = (0..3)
            .map(|number| {
                self.post(&json("c", timeline, &[load::another(number)]));
                self.took(path)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[1]
    }
}

fn views(client: &Client) {
    let (small, large) =
        (views_of(client, "10k", load::span(false)), views_of(client, "1m", load::span(true)));
    figure("api_view_10k_p99", small.p99, "ms");
    figure("api_view_1m_p99", large.p99, "ms");
    ratio("api_view_1m_p99_to_goal", large.p99 / 30.0, "<=1.0");
    // No goal: these are other pictures, of several times as many bars. `answers` compares pictures that are alike.
    figure("api_view_1m_to_10k", large.p99 / small.p99, "ratio");
    let (small, large) =
        (views_of(client, "10k_alike", load::BURSTS_SPAN), views_of(client, "1m_alike", load::BURSTS_SPAN));
    for (size, took) in [("10k", &small), ("1m", &large)] {
        figure(&format!("api_view_{size}_alike_median"), took.median, "ms");
        figure(&format!("api_view_{size}_alike_p99"), took.p99, "ms");
    }
    // No goal here either: what is within a burst differs as soon as it is looked at closely. `answers` has the goal.
    figure("api_view_1m_to_10k_alike_median", large.median / small.median, "ratio");
    figure("api_view_1m_to_10k_alike_p99", large.p99 / small.p99, "ratio");
}

/// How long views of one timeline take, in milliseconds.
struct Took {
    median: f64,
    p99: f64,
}

/// Of a whole timeline of so many nanoseconds and of parts of it, open and collapsed.
fn views_of(client: &Client, timeline: &str, span: i64) -> Took {
    let mut random = fastrand::Rng::with_seed(5);
    let path = format!("/api/contexts/c/timelines/{timeline}/view");
    let mut view = || {
        let part = span / [1, 2, 10, 100, 1_000][random.usize(0..5)];
        let from = load::BEGIN + random.i64(0..=span - part);
        let level = random.usize(1..4);
        client.took(&format!("{path}?from={from}&to={}&width=1600&rows=60&level={level}", from + part.max(1)))
    };
    // What is looked at for the first time is prepared.
    for _ in 0..10 {
        view();
    }
    let mut times: Vec<f64> = (0..VIEWS).map(|_| view()).collect();
    times.sort_by(f64::total_cmp);
    Took { median: times[VIEWS / 2], p99: times[VIEWS * 99 / 100] }
}

fn critical_path(client: &Client) {
    let took = client.took_after_changes("1m", "/api/contexts/c/timelines/1m/critical-path");
    figure("api_critical_path_1m", took, "ms");
    ratio("api_critical_path_1m_to_goal", took / 1_000.0, "<=1.0");
}

fn compare(client: &Client) {
    let path = "/api/contexts/c/timelines/100k_slower/compare?with=100k";
    let took = client.took_after_changes("100k_slower", path);
    figure("api_compare_100k", took, "ms");
    ratio("api_compare_100k_to_goal", took / 300.0, "<=1.0");
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
