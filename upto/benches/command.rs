//! What `upto start` takes from before it is started to when it has ended, beside other ways to say the same.
//!
//! The programs run in turns, so that whatever else the machine does falls on all of them alike. It prints lines
//! `figure NAME VALUE UNIT` with medians, and `ratio NAME VALUE GOAL`, and fails if a goal is missed.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Turns that each program gets, after some that do not count.
const TURNS: usize = 1_000;
const WARM_UP: usize = 50;
/// How many times as long as `true` one datagram may take.
const GOAL: f64 = 2.0;

/// A program, and how it is started.
struct Candidate {
    name: &'static str,
    command: Command,
    taken: Vec<Duration>,
}

fn main() -> ExitCode {
    // `cargo test --benches` runs it too, and wants to know only that it does.
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let turns = if is_test { 1 } else { TURNS };
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let http = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = udp.local_addr().expect("its address").port();
    let url = format!("http://{}", http.local_addr().expect("its address"));
    thread::spawn(move || drain(&udp));
    thread::spawn(move || http.incoming().flatten().for_each(|stream| drop(confirm(stream))));
    let mut candidates = candidates(port, &url);
    for turn in 0..WARM_UP.min(turns) + turns {
        let is_counted = turn >= WARM_UP.min(turns);
        candidates.iter_mut().for_each(|candidate| candidate.take_turn(is_counted));
    }
    report(&mut candidates, is_test)
}

fn candidates(port: u16, url: &str) -> Vec<Candidate> {
    let port = port.to_string();
    let upto = env!("CARGO_BIN_EXE_upto");
    let body = r#"{"context":"bench","name":"a.b","type":"start"}"#;
    let address = format!("{url}/api/events");
    let json = "content-type: application/json";
    let all = [
        Candidate::new("true", "true", &[]),
        Candidate::new("upto_start", upto, &["--rp", &port, "start", "bench", "a.b"]),
        Candidate::new("upto_start_http", upto, &["start", "bench", "a.b", "--http", url]),
        Candidate::new("upto_run_true", upto, &["run", "--rp", &port, "--", "true"]),
        Candidate::new("curl", "curl", &["-s", "-o", "/dev/null", "-H", json, "-d", body, &address]),
    ];
    all.into_iter().flatten().collect()
}

impl Candidate {
    /// `None`: there is no such program here.
    fn new(name: &'static str, program: &str, arguments: &[&str]) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("UPTO") {
                command.env_remove(variable);
            }
        }
        let runs = command.status().is_ok_and(|status| status.success());
        runs.then_some(Candidate { name, command, taken: Vec::new() })
    }

    fn take_turn(&mut self, is_counted: bool) {
        let began = Instant::now();
        let status = self.command.status().expect("it ran before");
        let taken = began.elapsed();
        assert!(status.success(), "{}: {status}", self.name);
        self.taken.extend(is_counted.then_some(taken));
    }

    fn median(&mut self) -> Duration {
        self.taken.sort_unstable();
        self.taken.get(self.taken.len() / 2).copied().unwrap_or_default()
    }
}

fn report(candidates: &mut [Candidate], is_test: bool) -> ExitCode {
    let medians: Vec<_> =
        candidates.iter_mut().map(|candidate| (candidate.name, candidate.median())).collect();
    let base = medians.first().map_or(Duration::ZERO, |(_, median)| *median);
    let mut is_missed = false;
    for (name, median) in medians {
        println!("figure command_{name} {:.0} us", median.as_secs_f64() * 1e6);
        let ratio = median.as_secs_f64() / base.as_secs_f64();
        match name {
            "true" => {}
            "upto_start" => {
                is_missed |= ratio >= GOAL;
                let missed = if ratio >= GOAL { " MISSED" } else { "" };
                println!("ratio command_{name}_to_true {ratio:.2} {GOAL}{missed}");
            }
            _ => println!("figure command_{name}_to_true {ratio:.2} times"),
        }
    }
    if is_missed && !is_test { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn drain(socket: &UdpSocket) {
    let mut buffer = [0; 2_048];
    while socket.recv(&mut buffer).is_ok() {}
}

/// Answers a request as a server that has stored it.
fn confirm(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() { break } else { continue }
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap_or(0);
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let body = r#"{"stored":1,"timelines":[{"context":"bench","name":"t","_links":{}}]}"#;
    let head = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice())
}
