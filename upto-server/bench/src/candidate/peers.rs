//! Whether the server loses datagrams at the rates of others, which are measured beside it.

use upto_bench_harness::Candidate;

use super::{figure, whole};
use crate::failure::Failure;
use crate::feed::feed;
use crate::figure::Figure;
use crate::load;
use crate::peers::{Rsyslog, Statsd};
use crate::search::highest;
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("beside_statsd", "upto-server at 8 times the rate of npm's statsd", 1, statsd),
    Candidate::figures("beside_rsyslog", "upto-server at the rate of a tuned rsyslog", 1, rsyslog),
];

/// What each peer gets, again and again until it loses nothing: about as much as it takes in a second and a half.
const STATSD_DATAGRAMS: u64 = 100_000;
const RSYSLOG_DATAGRAMS: u64 = 600_000;
/// What the server has to keep up with is sent for so long.
const SECONDS: f64 = 2.0;

fn statsd() -> Result<Vec<Figure>, Failure> {
    let (_, fed) = highest(Statsd::start, || Ok(Statsd::load(STATSD_DATAGRAMS)))?;
    server("beside_statsd", fed.messages_per_second(), 8.0)
}

fn rsyslog() -> Result<Vec<Figure>, Failure> {
    let (_, fed) = highest(Rsyslog::start, || Ok(Rsyslog::load(RSYSLOG_DATAGRAMS)))?;
    server("beside_rsyslog", fed.messages_per_second(), 1.0)
}

fn server(name: &str, peer: f64, times: f64) -> Result<Vec<Figure>, Failure> {
    let rate = peer * times;
    let (runs, _) = load::singles(whole(rate * SECONDS / 2.0));
    let fed = feed(&mut Server::start()?, runs, rate)?;
    Ok(vec![
        figure(name, "peer", peer, "datagrams/s"),
        figure(name, "rate", fed.messages_per_second(), "datagrams/s"),
        figure(name, "lost", fed.lost as f64, "datagrams"),
    ])
}
