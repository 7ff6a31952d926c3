//! Timelines of a million events each, of which more is asked than fits the memory at once.

use std::thread;

use upto_bench_harness::Candidate;
use upto_bench_harness::api::Api;

use super::stored::{ALL, over_budget, path};
use super::{Figure, figure};
use crate::failure::Failure;
use crate::feed::feed_all;
use crate::load::Packets;
use crate::server::Server;

pub(super) const CANDIDATES: &[Candidate] =
    &[Candidate::figures("asked", "5 timelines of 1,000,000 events, asked everything: in memory", 1, asked)];

const TIMELINES: [Packets; 5] = [of("one"), of("two"), of("three"), of("four"), of("five")];
const QUESTIONS: [&str; 6] =
    ["/view?width=1600&rows=40", "/columns", "/blame", "/critical-path", "/tree", "/blame?by=drag"];

const fn of(timeline: &'static str) -> Packets {
    Packets { events: 1_000_000, timeline, ..ALL }
}

fn asked() -> Result<Vec<Figure>, Failure> {
    let mut server = Server::start()?;
    for packets in TIMELINES {
        feed_all(&mut server, packets)?;
    }
    let questions = TIMELINES.map(|packets| QUESTIONS.map(|question| path(packets) + question)).concat();
    for question in &questions {
        server.api.text(question)?;
    }
    let one_by_one = over_budget(&server, "asked", "memory_over_budget")?;
    let answered = all_at_once(&server.api, &questions);
    let at_once = over_budget(&server, "asked", "memory_over_budget_at_once")?;
    Ok(vec![one_by_one, at_once, figure("asked", "answered", answered as f64, "")])
}

/// How many were answered: some may be refused, as there is not room for all.
fn all_at_once(api: &Api, questions: &[String]) -> usize {
    thread::scope(|scope| {
        let ask = |question: &String| {
            let question = question.clone();
            scope.spawn(move || api.text(&question).is_ok())
        };
        let asked: Vec<_> = questions.iter().map(ask).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).filter(|is_answered| *is_answered).count()
    })
}
