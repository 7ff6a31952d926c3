//! The events of a busy program, made up in the order of their marks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use upto::wire::{Status, Value};
use upto_server::timeline::{Mark, MarkKind};

const WORKERS: usize = 64;
const NAMES: u64 = 50;
const RUN: f64 = 400_000.0;
const PAUSE: f64 = 100_000.0;
/// Ids of a worker are consecutive in ranges of so many, as the client's threads have them.
const RANGE: u64 = 1 << 13;

/// What the events are like.
#[derive(Clone, Copy, Default)]
pub(crate) struct Load {
    /// Each start has a small whole number.
    pub(crate) has_attribute: bool,
}

/// Marks of one block.
#[derive(Default)]
pub(crate) struct Marks {
    names: Vec<String>,
    marks: Vec<Made>,
}

#[derive(Clone, Copy)]
struct Made {
    kind: MarkKind,
    name: usize,
    id: u64,
    time: i64,
    started: Option<i64>,
    unit: Option<i64>,
}

impl Marks {
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Mark<'_>)) {
        for made in &self.marks {
            let attribute = made.unit.map(|unit| ("unit", Value::Int(unit)));
            let Made { kind, name, id, time, started, .. } = *made;
            let (name, host, text, attributes) =
                (self.names[name].as_str(), "ci-01", "", attribute.as_slice());
            let (status, parent, truncated) = (Status::Ok, 0, false);
            each(&Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated });
        }
    }
}

/// A worker, and what it has running.
#[derive(Clone, Copy, Default)]
struct Worker {
    next_id: u64,
    running: Option<(usize, u64, i64)>,
}

impl Load {
    /// Calls `each` with the marks of `events` events, those of each `commit` together.
    pub(crate) fn for_each_block(self, events: usize, commit: Duration, mut each: impl FnMut(&Marks)) {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let (mut workers, mut ranges) = ([Worker::default(); WORKERS], 1_u64 << 20);
        let mut due: BinaryHeap<_> =
            (0..WORKERS).map(|worker| Reverse((random.about(PAUSE), worker))).collect();
        let names = (0..NAMES).map(|number| format!("service.request.step_{number}")).collect();
        let mut marks = Marks { names, marks: Vec::new() };
        let commit = i64::try_from(commit.as_nanos()).expect("a short time");
        let (mut until, mut started) = (commit, 0);
        while let Some(Reverse((after, worker))) = due.pop() {
            if after >= until && !marks.marks.is_empty() {
                each(&marks);
                marks.marks.clear();
                until = after - after % commit + commit;
            }
            let time = 1_795_229_259_000_000_000 + after;
            let worker_state = &mut workers[worker];
            let (made, pause) = match worker_state.running.take() {
                Some((name, id, began)) => (end(name, id, time, began), random.about(PAUSE)),
                None if started == events => continue,
                None => {
                    started += 1;
                    let made = self.start(worker_state, &mut ranges, &mut random, time);
                    (made, random.about(RUN))
                }
            };
            marks.marks.push(made);
            due.push(Reverse((after + pause, worker)));
        }
        if !marks.marks.is_empty() {
            each(&marks);
        }
    }

    fn start(self, worker: &mut Worker, ranges: &mut u64, random: &mut Random, time: i64) -> Made {
        if worker.next_id.is_multiple_of(RANGE) {
            *ranges += RANGE;
            worker.next_id = *ranges;
        }
        let (id, name) = (worker.next_id, usize::try_from(random.below(NAMES)).expect("small"));
        worker.next_id += 1;
        worker.running = Some((name, id, time));
        let unit = self.has_attribute.then(|| i64::try_from(random.below(1_000)).expect("small"));
        Made { kind: MarkKind::Start, name, id, time, started: None, unit }
    }
}

fn end(name: usize, id: u64, time: i64, began: i64) -> Made {
    Made { kind: MarkKind::End, name, id, time, started: Some(began), unit: None }
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 16) % bound
    }

    /// Exponentially distributed, in nanoseconds.
    #[allow(clippy::cast_possible_truncation)]
    fn about(&mut self, mean: f64) -> i64 {
        let uniform = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        (-uniform.ln() * mean) as i64 + 1
    }
}
