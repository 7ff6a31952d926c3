//! What the client's own thread costs: under load, and while there is nothing to do.

mod drain;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use upto::Client;

use self::drain::drain;
use super::Candidate;
use super::upto::{annotated, client};
use crate::cpu::{process_seconds, thread_seconds, voluntary_switches};
use crate::failure::Failure;
use crate::figure::Figure;
use crate::pace::Pace;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("flusher_cpu", "CPU time of upto's thread at 300,000 pairs a second", 7, cpu),
    Candidate::figures("flusher_idle", "how often upto's thread wakes in 3 idle seconds", 1, idle),
];

const PACE: Pace = Pace { pairs_per_second: 300_000, seconds: 5 };
const FLUSH: Duration = Duration::from_secs(5);
const SETTLE: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(3);

/// The process's CPU time without that of the threads that only make the load and take it.
fn cpu() -> Result<Vec<Figure>, Failure> {
    let before = process_seconds() - thread_seconds();
    let receiver = Receiver::bind()?;
    receiver.takes_runs();
    let end = AtomicBool::new(false);
    let (rate, sent, drained) = thread::scope(|scope| {
        let drain = scope.spawn(|| drain(&receiver.socket, &end).map(|()| thread_seconds()));
        let loaded = load(&receiver);
        end.store(true, Ordering::SeqCst);
        let drained = drain.join().map_err(|_| Failure::Missing("the receiving thread panicked"))??;
        loaded.map(|(rate, sent)| (rate, sent, drained))
    })?;
    let flusher = process_seconds() - thread_seconds() - before - drained;
    let pairs = sent as f64 / 2.0;
    Ok(vec![
        Figure::new("flusher_cpu", 1e9 * flusher / pairs, "ns/pair"),
        Figure::new("flusher_cpu_rate", rate, "pairs/s"),
        Figure::new("flusher_cpu_dropped", 100.0 * (1.0 - pairs / PACE.pairs() as f64), "% of messages"),
    ])
}

/// Pairs a second, and messages that left.
fn load(receiver: &Receiver) -> Result<(f64, u64), Failure> {
    let guard = client(receiver.address)?;
    let rate = PACE.keep(|| annotated(black_box(1)));
    guard.flush(FLUSH);
    let stats = Client::stats().ok_or(Failure::Missing("the client has ended"))?;
    Ok((rate, stats.sent))
}

fn idle() -> Result<Vec<Figure>, Failure> {
    let receiver = Receiver::bind()?;
    let guard = client(receiver.address)?;
    annotated(black_box(1));
    guard.flush(FLUSH);
    thread::sleep(SETTLE);
    let before = voluntary_switches("upto-flusher")?;
    thread::sleep(IDLE);
    let wakes = voluntary_switches("upto-flusher")? - before;
    Ok(vec![Figure::new("flusher_idle", wakes as f64, "wake-ups in 3 s")])
}
