//! What it takes to watch 100,000 heartbeats that pulse every 10 s, and how late a death is seen.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, as `foundation` does, and says on its errors how long it
//! takes. The server is a process of its own on the default store, pulses come as datagrams, and the sender has the other
//! core.
#![allow(clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use upto::wire::{Kind, Message, Value as Attribute, encode_single};

const HEARTBEATS: usize = 100_000;
const PERIOD: Duration = Duration::from_secs(10);
/// How much later than the next pulse one may be: far more than the sender is.
const NEXT: f64 = 15.0;
/// Rounds of pulses that are measured, after the first, in which all are new.
const ROUNDS: u32 = 4;
/// Heartbeats that stop, so that it is seen how late that is told.
const STOPPED: usize = 1_000;
/// Pulses are sent in so many bursts in a period.
const BURSTS: usize = 10_000;
/// One of them comes so long after the other.
const GAP: Duration = Duration::from_millis(1);
/// The system counts CPU time in so many parts of a second.
const TICKS: f64 = 100.0;

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    eprintln!("watch: {} rounds of {} s", ROUNDS + 3, PERIOD.as_secs());
    let pulses: Vec<_> = (0..HEARTBEATS).map(pulse).collect();
    server.send(&pulses);
    assert_eq!(server.count(), HEARTBEATS, "datagrams were lost");
    let (began, before) = (Instant::now(), server.cpu_seconds());
    (0..ROUNDS).for_each(|_| server.send(&pulses));
    let cores = (server.cpu_seconds() - before) / began.elapsed().as_secs_f64();
    let (stopped, others) = pulses.split_at(STOPPED);
    assert!(!stopped.is_empty());
    // One period for who stops to be late, and another for all of them to be seen.
    (0..2).for_each(|_| server.send(others));
    let late = server.lateness();
    assert_eq!(late.len(), STOPPED, "those who stopped are dead, and nobody else");
    let worst = late.iter().copied().fold(0.0, f64::max);
    figure("watch_heartbeats_100k_cores", cores, "cores");
    ratio("watch_heartbeats_100k_cores_to_goal", cores, "<=1.0");
    figure("watch_death_seen_worst", worst, "s");
    ratio("watch_death_seen_worst_to_goal", worst, "<=1.0");
}

fn pulse(number: usize) -> Vec<u8> {
    let (name, attributes) = (format!("service-{number:06}"), [("next", Attribute::Float(NEXT))]);
    let mut datagram = Vec::new();
    let message = Message { kind: Kind::Pulse, name: &name, attributes: 0..1, ..Message::default() };
    encode_single(&message, &attributes, &mut datagram);
    datagram
}

struct Server {
    child: Child,
    socket: UdpSocket,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_upto-server"));
        command.args(["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]).arg(folder);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server's binary");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut next = |prefix: &str| {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(prefix).expect("an address").to_owned()
        };
        let (udp, url) = (next("udp "), next("http "));
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(udp).expect("an address");
        Server { child, socket, url }
    }

    /// Sends all of these once, evenly within a period.
    fn send(&self, pulses: &[Vec<u8>]) {
        let began = Instant::now();
        for (number, burst) in pulses.chunks(pulses.len().div_ceil(BURSTS)).enumerate() {
            let due = GAP * u32::try_from(number).expect("few");
            sleep(due.saturating_sub(began.elapsed()));
            for pulse in burst {
                self.socket.send(pulse).expect("sent");
            }
        }
        sleep(PERIOD.saturating_sub(began.elapsed()));
    }

    fn json(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.url)).call().expect("an answer");
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    fn heartbeats(&self) -> Vec<Value> {
        let (mut all, mut next) = (Vec::new(), Some("/api/heartbeats?limit=10000".to_owned()));
        while let Some(path) = next {
            let page = self.json(&path);
            all.extend(page["_embedded"]["item"].as_array().expect("items").iter().cloned());
            next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        }
        all
    }

    fn count(&self) -> usize {
        self.heartbeats().len()
    }

    /// How many seconds after it was due each death was seen.
    fn lateness(&self) -> Vec<f64> {
        let time = |value: &Value| {
            let time: jiff::Timestamp = value.as_str().expect("a time").parse().expect("a time");
            time.as_nanosecond() as f64 / 1e9
        };
        let dead = self.heartbeats().into_iter().filter(|each| each["state"] == "dead");
        dead.map(|each| time(&each["since"]) - time(&each["last"]) - NEXT).collect()
    }

    fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        // Behind the name, which may contain anything, the times are the 12th and the 13th.
        let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks = |place: usize| fields[place].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / TICKS
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
