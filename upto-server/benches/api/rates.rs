//! Small requests in a second: for a list of contexts, and for a route of axum's that gives the same bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::{figure, ratio};

const PATH: &str = "/api/contexts";
/// Connections, each of which asks again as soon as it has its answer.
const CONNECTIONS: usize = 8;
const ROUND: Duration = Duration::from_millis(500);
const ROUNDS: usize = 7;

/// In turns; what is compared are the medians.
pub(crate) fn measure(runtime: &Runtime, url: &str) {
    let server: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
    let plain = plain(runtime, body(server));
    let (mut rates, mut plain_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rates.push(rate(server));
        plain_rates.push(rate(plain));
    }
    let (rate, plain) = (median(rates), median(plain_rates));
    figure("api_contexts_rate", rate, "requests/s");
    figure("api_plain_axum_rate", plain, "requests/s");
    ratio("api_contexts_rate_to_goal", rate / 5_000.0, ">=1.0");
    ratio("api_contexts_rate_to_plain_axum", rate / plain, ">=0.5");
}

/// Where a route listens that always gives these bytes.
fn plain(runtime: &Runtime, body: Vec<u8>) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/hal+json")], body) }
    };
    let router = Router::new().route(PATH, get(answer));
    runtime.spawn(async move { axum::serve(listener, router).await });
    address
}

fn body(server: SocketAddr) -> Vec<u8> {
    let mut connection = Connection::open(server);
    connection.ask();
    connection.body
}

/// Requests in a second.
fn rate(server: SocketAddr) -> f64 {
    let began = Instant::now();
    let count = move || {
        let (mut connection, mut count) = (Connection::open(server), 0_u32);
        while began.elapsed() < ROUND {
            connection.ask();
            count += 1;
        }
        count
    };
    let threads: Vec<_> = (0..CONNECTIONS).map(|_| std::thread::spawn(count)).collect();
    let counts = threads.into_iter().map(|thread| thread.join().expect("answers"));
    f64::from(counts.sum::<u32>()) / began.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// A connection that costs as little as can be, so that what is measured is who answers.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    body: Vec<u8>,
}

impl Connection {
    fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("connected");
        stream.set_nodelay(true).expect("a socket");
        Connection { stream, read: Vec::new(), body: Vec::new() }
    }

    fn ask(&mut self) {
        let request = format!("GET {PATH} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.stream.write_all(request.as_bytes()).expect("sent");
        self.read.clear();
        let mut piece = [0; 64 << 10];
        loop {
            let count = self.stream.read(&mut piece).expect("an answer");
            self.read.extend_from_slice(&piece[..count]);
            if self.is_whole() {
                return;
            }
            assert!(count > 0, "the answer ends early");
        }
    }

    fn is_whole(&mut self) -> bool {
        let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let body = &self.read[end + 4..];
        let is_whole = body.len() == length.parse::<usize>().expect("a number");
        if is_whole {
            self.body = body.to_vec();
        }
        is_whole
    }
}
