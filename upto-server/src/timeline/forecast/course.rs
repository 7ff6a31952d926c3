//! How a timeline would go on if it went on like one earlier run.

use super::super::digest::{Digest, Outcome, Step};
use super::Stage;
use super::pattern::{Pattern, span};

/// One way in which things may go on.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// For each step of the pattern, if this course has it.
    places: Vec<Option<Placed>>,
    now: i64,
    /// Something is open.
    is_running: bool,
    /// From the last step's end to the timeline's.
    tail: i64,
}

/// When a step begins and ends, in nanoseconds since the timeline's first instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) begins: i64,
    /// `None`: nobody knows, as it runs for longer than ever.
    pub(super) ends: Option<i64>,
}

impl Course {
    /// From what is `running` on, like `run`.
    pub(super) fn like(run: &Digest, running: &Digest, elapsed: i64, pattern: &Pattern) -> Self {
        let mut course = Course {
            places: vec![None; pattern.steps().len()],
            now: elapsed,
            is_running: running.outcome == Outcome::Running,
            tail: tail(run, pattern),
        };
        for &number in pattern.order() {
            let known = &pattern.steps()[number];
            let earlier = run.step(&known.name);
            course.places[number] = match running.step(&known.name) {
                Some(step) => Some(begun(step, earlier, elapsed, pattern, running, number)),
                None => earlier.map(|earlier| course.to_come(earlier, run, pattern, number)),
            };
        }
        course
    }

    /// When everything is done; `None` if something runs for longer than ever, or should have ended by now.
    pub(super) fn end(&self) -> Option<i64> {
        let mut latest = 0;
        for place in self.places.iter().flatten() {
            latest = latest.max(place.ends?);
        }
        let end = latest.saturating_add(self.tail);
        if self.is_running { Some(end).filter(|end| *end > self.now) } else { Some(end.max(self.now)) }
    }

    /// When a step begins and ends, if this course has it.
    pub(super) fn place(&self, number: usize) -> Option<Placed> {
        *self.places.get(number)?
    }

    /// As long after the last of those before it as in that run, and not in the past.
    fn to_come(&self, earlier: &Step, run: &Digest, pattern: &Pattern, number: usize) -> Placed {
        let before = pattern.before(number).iter();
        let mut latest = Some((0, 0));
        for &one in before {
            let (Some(here), Some(there)) = (self.place(one), run.step(&pattern.steps()[one].name)) else {
                continue;
            };
            // Where that is not known, this is not known either.
            let Some(ends) = here.ends else { return Placed { begins: self.now, ends: None } };
            latest = latest.max(Some((there.last, ends)));
        }
        let (there, here) = latest.unwrap_or_default();
        let begins = here.saturating_add(earlier.first.saturating_sub(there).max(0)).max(self.now);
        Placed { begins, ends: Some(begins.saturating_add(span(earlier))) }
    }
}

fn begun(
    step: &Step,
    earlier: Option<&Step>,
    elapsed: i64,
    pattern: &Pattern,
    running: &Digest,
    number: usize,
) -> Placed {
    let begins = step.first;
    let known = &pattern.steps()[number];
    let lasts = match pattern.stage(running, elapsed, number) {
        Stage::Done => Some(span(step)),
        _ => {
            let so_far = elapsed.saturating_sub(step.first);
            let like_then = earlier.map(span).filter(|span| *span > so_far);
            like_then.or_else(|| known.usual_beyond(so_far))
        }
    };
    Placed { begins, ends: lasts.map(|lasts| begins.saturating_add(lasts)) }
}

/// What comes behind the last step that the pattern knows, if it does.
fn tail(run: &Digest, pattern: &Pattern) -> i64 {
    let ends = pattern.steps().iter().filter_map(|known| Some(run.step(&known.name)?.last));
    ends.max().map_or(0, |last| run.duration.saturating_sub(last).max(0))
}
