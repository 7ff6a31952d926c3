//! Backwards along the path. Nesting may be a million levels deep, so the levels are a stack of their own.

use super::super::nesting::Nesting;
use super::super::table::{Place, Table, number};
use super::{PathOptions, Section, Step};

/// Parts that are looked at, from the latest on, for one that is known to come before the next step. Without such a
/// limit, a learned order that knows none of them would make the walk quadratic.
const LOOKED_AT: usize = 64;

/// The path; the steps in the order in which they were found: from the end on, each before its parts.
pub(super) struct Walked {
    pub(super) sections: Vec<Section>,
    pub(super) steps: Vec<Step>,
}

/// What the path is in.
struct Level {
    event: Option<Place>,
    step: Option<u32>,
    from: i64,
    /// Until where the path is not found yet.
    at: i64,
    /// The parts that may still come, by their clipped ends; of those that end together, the one that began first last.
    parts: Vec<Part>,
    /// The part that the path has led through last.
    after: Option<Place>,
}

struct Part {
    event: Place,
    start: i64,
    /// Clipped to the level.
    end: i64,
}

pub(super) fn walk(
    table: &Table,
    nesting: &Nesting,
    options: &PathOptions<'_>,
    extent: (i64, i64),
) -> Walked {
    // Room that nothing is written to takes none, and growing would take it twice.
    let mut walked =
        Walked { sections: Vec::with_capacity(table.len()), steps: Vec::with_capacity(table.len()) };
    let mut levels = vec![Level::new(table, nesting, (options.of, None), extent)];
    while let Some(level) = levels.last_mut() {
        let Some(part) = level.take_part(table, options) else {
            walked.own_time(level, level.from);
            levels.pop();
            continue;
        };
        walked.own_time(level, part.end.min(level.at));
        let window = (part.start.max(level.from), level.at);
        (level.at, level.after) = (window.0, Some(part.event));
        let step = walked.enter(part.event, level.step, window);
        levels.push(Level::new(table, nesting, (Some(part.event), Some(step)), window));
    }
    walked.sections.reverse();
    walked.sections.shrink_to_fit();
    walked.steps.shrink_to_fit();
    walked
}

impl Walked {
    /// What is between an instant and where the path has come to is the level's own time.
    fn own_time(&mut self, level: &mut Level, from: i64) {
        if from < level.at {
            self.sections.push(Section { from, to: level.at, event: level.event });
            if let Some(step) = level.step.and_then(|step| self.steps.get_mut(step as usize)) {
                step.own = step.own.saturating_add(level.at.saturating_sub(from));
            }
            level.at = from;
        }
    }

    fn enter(&mut self, event: Place, parent: Option<u32>, (from, to): (i64, i64)) -> u32 {
        self.steps.push(Step { event, from, to, own: 0, drag: 0, parent });
        number(self.steps.len() - 1)
    }
}

impl Level {
    fn new(
        table: &Table,
        nesting: &Nesting,
        (event, step): (Option<Place>, Option<u32>),
        (from, at): (i64, i64),
    ) -> Self {
        let part = |event: &Place| {
            let (start, end) = table.interval(*event as usize)?;
            (start < at && end > from).then_some(Part { event: *event, start, end: end.min(at) })
        };
        let mut parts: Vec<Part> = nesting.children(event).iter().filter_map(part).collect();
        // Of those that are alike, the one that is listed last is the last.
        parts.sort_unstable_by_key(|part| (part.end, std::cmp::Reverse(part.start), part.event));
        Level { event, step, from, at, parts, after: None }
    }

    /// The part that ended last when the path's next step began.
    fn take_part(&mut self, table: &Table, options: &PathOptions<'_>) -> Option<Part> {
        let latest = self.at.saturating_add(options.tolerance.max(0));
        let (at, from) = (self.at, self.from);
        if at <= from {
            return None;
        }
        while self.parts.pop_if(|part| part.end > latest || part.start >= at).is_some() {}
        self.leave_out_unordered(table, options);
        self.parts.pop()
    }

    /// Where an order is known, what is not known to come before the next step is not waited for by it, as long as
    /// another part is.
    fn leave_out_unordered(&mut self, table: &Table, options: &PathOptions<'_>) {
        let (Some(order), Some(after)) = (options.order, self.after) else { return };
        let name = |event: Place| table.name_numbers()[event as usize];
        let is_before =
            |part: &Part| part.start < self.at && order.is_always_before(name(part.event), name(after));
        if let Some(skipped) = self.parts.iter().rev().take(LOOKED_AT).position(is_before) {
            self.parts.truncate(self.parts.len() - skipped);
        }
    }
}
