//! How long a start takes to the socket of whoever listens.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::Candidate;
use super::upto::{annotated, client};
use crate::failure::Failure;
use crate::figure::Figure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] = &[Candidate::figures(
    "upto_latency",
    "from a start on a thread to the receiver's socket, one at a time",
    3,
    latency,
)];

const STARTS: usize = 200;
/// Between starts, at least and at most: some find the flusher between two rounds, some asleep.
const PAUSES: [u64; 2] = [1, 60];
const PATIENCE: Duration = Duration::from_secs(5);

/// The median and the 99th percentile, in milliseconds.
fn latency() -> Result<Vec<Figure>, Failure> {
    let receiver = Receiver::bind()?;
    let _guard = client(receiver.address)?;
    let (arrived, arrivals) = mpsc::channel();
    let socket = receiver.socket.try_clone().map_err(Failure::system("clone a socket"))?;
    thread::spawn(move || {
        let mut packet = [0; 2048];
        while socket.recv(&mut packet).is_ok() && arrived.send(Instant::now()).is_ok() {}
    });
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        thread::sleep(Duration::from_millis(fastrand::u64(PAUSES[0]..PAUSES[1])));
        while arrivals.try_recv().is_ok() {}
        let began = Instant::now();
        annotated(black_box(1));
        let arrived = arrivals.recv_timeout(PATIENCE).map_err(|_| Failure::Missing("no packet arrived"))?;
        times.push(1e3 * arrived.saturating_duration_since(began).as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| times.get((times.len() - 1) * share / 100).copied().unwrap_or(0.0);
    Ok(vec![Figure::new("upto_latency_median", at(50), "ms"), Figure::new("upto_latency_p99", at(99), "ms")])
}
