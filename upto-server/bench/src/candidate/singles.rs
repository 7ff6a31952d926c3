//! Single messages through the whole server: what a datagram costs, and how many a second.

use upto_bench_harness::Candidate;

use super::{ROUNDS, drained, figure, taken};
use crate::drain::drain;
use crate::failure::Failure;
use crate::figure::Figure;
use crate::load;
use crate::search::highest;
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] = &[Candidate::figures(
    "ingest_singles",
    "upto-server on redb: datagrams of single messages",
    ROUNDS,
    singles,
)];

const EVENTS: usize = 250_000;

fn singles() -> Result<Vec<Figure>, Failure> {
    let (runs, size) = load::singles(EVENTS);
    let mut server = Server::start()?;
    let fed = drain(&mut server, &runs)?;
    let events = server.api.timeline()?.events;
    let taken_messages = server.api.counter("upto_messages_total")?;
    let unaccounted = size.messages.abs_diff(taken_messages) + size.events.abs_diff(events);
    let mut figures = vec![
        drained("ingest_singles", &fed)?,
        figure("ingest_singles", "unaccounted", unaccounted as f64, "messages and events"),
    ];
    drop(server);
    let (_, fed) = highest(Server::start, || Ok(runs.clone()))?;
    figures.extend(taken("ingest_singles", &fed));
    Ok(figures)
}
