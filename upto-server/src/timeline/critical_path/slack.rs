//! How much longer each event could take, and how much shorter the whole could be without it.
//!
//! Among the parts of one event, what begins when another has ended counts as waiting for it. So a part may end as late
//! as whatever waits for it lets it: until what that one waited for longest, plus the slack of that one. What nothing
//! waits for may end with the last of the parts, plus the slack of the event. Drag is after Devaux, "The Drag Efficient:
//! The Missing Quantification of Time on the Critical Path", Defense AT&L 2012.

use std::cmp::Reverse;

use super::super::nesting::Nesting;
use super::super::table::{Place, Table, number};
use super::{PathOptions, Step};

/// Says that an event takes no part.
const NO_PART: i64 = -1;

/// A part, clipped to the event that it is part of.
struct Part {
    event: Place,
    start: i64,
    end: i64,
}

/// The slack of each event of the table. Events come before their parts, without recursion.
pub(super) fn slack(
    table: &Table,
    nesting: &Nesting,
    options: &PathOptions<'_>,
    extent: (i64, i64),
    steps: &[Step],
) -> Vec<i64> {
    let mut slack = vec![NO_PART; table.len()];
    let mut is_on_path = vec![false; table.len()];
    steps.iter().for_each(|step| is_on_path[step.event as usize] = true);
    options.of.into_iter().for_each(|event| slack[event as usize] = 0);
    let mut waiting = vec![(options.of, extent, 0)];
    while let Some((event, window, of_all)) = waiting.pop() {
        let parts = parts(table, nesting, event, window);
        for (part, may) in parts.iter().zip(slack_of(&parts, of_all, options.tolerance.max(0))) {
            let may = if is_on_path[part.event as usize] { 0 } else { may };
            slack[part.event as usize] = may;
            if !nesting.children(Some(part.event)).is_empty() {
                waiting.push((Some(part.event), (part.start, part.end), may));
            }
        }
    }
    slack
}

/// By their ends, the latest first; of those that end together, the one that begins last first.
fn parts(table: &Table, nesting: &Nesting, event: Option<Place>, (from, to): (i64, i64)) -> Vec<Part> {
    let part = |event: &Place| {
        let (start, end) = table.interval(*event as usize)?;
        Some(Part { event: *event, start: start.clamp(from, to), end: end.clamp(from, to) })
    };
    let mut parts: Vec<Part> = nesting.children(event).iter().filter_map(part).collect();
    parts.sort_unstable_by_key(|part| (Reverse((part.end, part.start)), part.event));
    parts
}

fn slack_of(parts: &[Part], of_all: i64, tolerance: i64) -> Vec<i64> {
    let mut by_start: Vec<u32> = (0..number(parts.len())).collect();
    by_start.sort_unstable_by_key(|part| (Reverse(parts[*part as usize].start), *part));
    let mut later = by_start.into_iter().map(|part| part as usize).peekable();
    let mut slack = vec![0; parts.len()];
    let mut latest = parts.first().map_or(0, |part| part.end.saturating_add(of_all));
    for place in 0..parts.len() {
        let end = parts[place].end;
        // What waits for this part ends later, so its slack is known.
        while let Some(next) = later.next_if(|next| parts[*next].start.saturating_add(tolerance) >= end) {
            if next < place {
                let ready = last_end(parts, parts[next].start.saturating_add(tolerance));
                latest = latest.min(ready.saturating_add(slack[next]));
            }
        }
        slack[place] = latest.saturating_sub(end).max(0);
    }
    slack
}

/// The latest end up to this instant.
fn last_end(parts: &[Part], until: i64) -> i64 {
    let place = parts.partition_point(|part| part.end > until);
    parts.get(place).map_or(until, |part| part.end)
}

/// The steps' drag. They are in the order in which the walk found them: a step before its parts, those of one level from
/// the last to the first.
pub(super) fn fill_drag(
    table: &Table,
    nesting: &Nesting,
    of: Option<Place>,
    slack: &[i64],
    steps: &mut [Step],
) {
    let groups = groups(steps);
    let mut beside = vec![i64::MAX; steps.len()];
    let mut rest = &groups[..];
    while let Some(first) = rest.first() {
        let parent = steps[*first].parent;
        let is_other = |step: &usize| steps[*step].parent != parent;
        let (group, others) = rest.split_at(rest.iter().position(is_other).unwrap_or(rest.len()));
        rest = others;
        let parent = parent.map(|parent| parent as usize);
        let event = parent.map_or(of, |parent| Some(steps[parent].event));
        let least = least_beside(table, nesting.children(event), slack, (group, steps));
        let above = parent.map_or(i64::MAX, |parent| beside[parent]);
        for (step, least) in group.iter().zip(least) {
            beside[*step] = least.min(above);
            steps[*step].drag = steps[*step].length().min(beside[*step]);
        }
    }
}

/// The steps by what they are part of, and by time. A step has a greater number than what it is part of, so that comes
/// first.
fn groups(steps: &[Step]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..steps.len()).collect();
    groups.sort_unstable_by_key(|step| (steps[*step].parent, Reverse(*step)));
    groups
}

/// For each of these steps of one level, the least slack of a part that is not on the path and ran at the same time.
/// The parts come by their slack, so the first one to reach a step decides; steps that are decided are stepped over.
fn least_beside(
    table: &Table,
    parts: &[Place],
    slack: &[i64],
    (group, steps): (&[usize], &[Step]),
) -> Vec<i64> {
    let mut events: Vec<Place> = group.iter().map(|step| steps[*step].event).collect();
    events.sort_unstable();
    let is_beside = |place: &&Place| events.binary_search(place).is_err();
    let mut others: Vec<(i64, Place)> =
        parts.iter().filter(is_beside).map(|place| (slack[*place as usize], *place)).collect();
    others.sort_unstable();
    let mut least = vec![i64::MAX; group.len()];
    let mut next: Vec<usize> = (0..=group.len()).collect();
    for (slack, place) in others {
        let Some((start, end)) = table.interval(place as usize) else { continue };
        let first = group.partition_point(|step| steps[*step].to <= start);
        let behind = group.partition_point(|step| steps[*step].from < end);
        let mut at = undecided(&mut next, first);
        while at < behind {
            (least[at], next[at]) = (slack, at + 1);
            at = undecided(&mut next, at);
        }
    }
    least
}

/// The first step from here on that is not decided, with the way there made shorter.
fn undecided(next: &mut [usize], mut at: usize) -> usize {
    while next[at] != at {
        next[at] = next[next[at]];
        at = next[at];
    }
    at
}
