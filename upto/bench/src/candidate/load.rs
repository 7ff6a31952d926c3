//! What arrives at a running server, and whether all that does not is counted.

mod tally;

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use upto::{Client, Stats};

use self::tally::Tally;
use super::Candidate;
use super::upto::{annotated, client};
use crate::failure::Failure;
use crate::figure::Figure;
use crate::pace::Pace;
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("delivery", "300,000 pairs a second to a running upto-server", 3, delivery),
    #[cfg(target_os = "linux")]
    Candidate::figures(
        "one_core",
        "1,000,000 pairs a second from one core to a running upto-server",
        3,
        one_core,
    ),
];

const FLUSH: Duration = Duration::from_secs(20);
/// After this time without another packet, a server has worked off what waited in its socket.
const QUIET: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(100);

fn delivery() -> Result<Vec<Figure>, Failure> {
    let server = Server::start()?;
    loaded("delivery", &server, Pace { pairs_per_second: 300_000, seconds: 5 })
}

/// The server's threads are there already and may use every core; the client's share one with the load.
#[cfg(target_os = "linux")]
fn one_core() -> Result<Vec<Figure>, Failure> {
    let server = Server::start()?;
    crate::cpu::pin_to_one_core()?;
    loaded("one_core", &server, Pace { pairs_per_second: 1_000_000, seconds: 10 })
}

fn loaded(name: &str, server: &Server, pace: Pace) -> Result<Vec<Figure>, Failure> {
    let (rate, stats) = send(server, pace)?;
    // Ending, a client sends one packet more, which says how many there were.
    let packets = stats.packets + 1;
    settle(server, packets)?;
    let tally = Tally { made: 2 * pace.pairs(), sent: stats.sent, packets, timeline: server.timeline()? };
    let mut figures = tally.figures(name);
    figures.push(Figure::new(format!("{name}_rate"), rate, "pairs/s"));
    Ok(figures)
}

fn send(server: &Server, pace: Pace) -> Result<(f64, Stats), Failure> {
    let guard = client(server.udp())?;
    let rate = pace.keep(|| annotated(black_box(1)));
    guard.flush(FLUSH);
    let stats = Client::stats().ok_or(Failure::Missing("the client has ended"))?;
    Ok((rate, stats))
}

/// Waits until every packet has come, or no more come.
fn settle(server: &Server, packets: u64) -> Result<(), Failure> {
    let (mut latest, mut since) = (0, Instant::now());
    while latest < packets && since.elapsed() < QUIET {
        thread::sleep(LOOK_EVERY);
        let now = server.datagrams()?;
        if now != latest {
            (latest, since) = (now, Instant::now());
        }
    }
    Ok(())
}
