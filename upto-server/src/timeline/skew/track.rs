//! The offset of one clock over the time in which it did not jump.

use std::collections::BTreeSet;

use super::{THRESHOLD, drift};

/// Offsets are told apart in steps of so many nanoseconds. Otherwise each packet of a clock that drifts would be news.
const GRAIN: i64 = 131_072;
/// What reading clocks and waiting in the server's queue adds to an offset without need, in nanoseconds.
const GRANULARITY: i64 = 1_000_000;
/// How far segments may be apart and still be of one track, in nanoseconds: no time on the way is that long, as a rule.
const TOLERANCE: i64 = 250_000_000;
/// Of fewer readings, nobody knows how much of the offset is the time on the way.
const FEW: usize = 3;
/// Tracks that are looked at, at most; what is of none of them is left out.
const GROUPS: usize = 64;

/// One reading, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    /// By the sender's clock.
    pub(super) sent: i64,
    /// By the server's.
    pub(super) received: i64,
}

impl Point {
    pub(super) fn offset(self) -> i64 {
        self.received.saturating_sub(self.sent)
    }

    /// Of two in one window, the lesser is kept.
    pub(super) fn rank(self) -> (i64, i64, i64) {
        (self.offset().div_euclid(GRAIN), self.sent, self.received)
    }
}

/// The readings of one session while its clock did not jump, by when they were sent.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    session: u64,
    epoch: i64,
    points: Vec<Point>,
}

impl Segment {
    pub(super) fn new(session: u64, epoch: i64, points: impl Iterator<Item = Point>) -> Self {
        let mut points: Vec<_> = points.collect();
        points.sort_unstable_by_key(|point| (point.sent, point.received));
        Segment { session, epoch, points }
    }

    fn first(&self) -> i64 {
        self.points.first().map_or(0, |point| point.sent)
    }

    fn last(&self) -> i64 {
        self.points.last().map_or(0, |point| point.sent)
    }

    /// How far it is from being of the same clock as `other`, in nanoseconds: 0 or less where drift explains it.
    fn distance(&self, other: &Segment) -> i64 {
        let apart = |point: &Point| {
            let offset = offset_at(&other.points, point.sent);
            let gap = outside(point.sent, other.first(), other.last());
            point.offset().saturating_sub(offset).saturating_abs().saturating_sub(drift(gap))
        };
        self.points.iter().map(apart).min().unwrap_or(i64::MAX)
    }
}

/// The segments of a host, put together where they are of one clock that did not jump in between.
pub(super) fn tracks(mut segments: Vec<Segment>) -> Vec<Track> {
    segments.sort_unstable_by_key(|segment| (segment.first(), segment.session, segment.epoch));
    let mut groups: Vec<Group> = Vec::new();
    for segment in segments {
        let is_full = groups.len() >= GROUPS;
        let near = groups.iter_mut().filter(|group| !group.jumped(&segment));
        let near = near.map(|group| (segment.distance(&group.latest), group));
        match near.min_by_key(|(distance, _)| *distance) {
            Some((distance, group)) if distance <= TOLERANCE => group.add(segment),
            _ if is_full => {}
            _ => groups.push(Group::of(segment)),
        }
    }
    groups.into_iter().map(|group| Track::of(group.points)).collect()
}

struct Group {
    members: BTreeSet<(u64, i64)>,
    points: Vec<Point>,
    /// The one that goes on longest.
    latest: Segment,
}

impl Group {
    fn of(segment: Segment) -> Self {
        let members = BTreeSet::from([(segment.session, segment.epoch)]);
        Group { members, points: segment.points.clone(), latest: segment }
    }

    /// Whether the session of `segment` is in it with another epoch.
    fn jumped(&self, segment: &Segment) -> bool {
        self.members.range((segment.session, i64::MIN)..=(segment.session, i64::MAX)).next().is_some()
    }

    fn add(&mut self, segment: Segment) {
        self.members.insert((segment.session, segment.epoch));
        self.points.extend_from_slice(&segment.points);
        if segment.last() > self.latest.last() {
            self.latest = segment;
        }
    }
}

/// The offset of a clock that drifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// Those on the lower envelope, by when they were sent; never empty, but for a segment that was.
    envelope: Vec<Point>,
    first: i64,
    last: i64,
    received_last: i64,
    readings: usize,
    uncertainty: i64,
    is_applied: bool,
}

impl Track {
    fn of(mut points: Vec<Point>) -> Self {
        points.sort_unstable_by_key(|point| (point.sent, point.received));
        let envelope = envelope(&points);
        let uncertainty = uncertainty(&points, &envelope);
        let most = envelope.iter().map(|point| point.offset().saturating_abs()).max().unwrap_or(0);
        Track {
            first: points.first().map_or(0, |point| point.sent),
            last: points.last().map_or(0, |point| point.sent),
            received_last: points.iter().map(|point| point.received).max().unwrap_or(0),
            readings: points.len(),
            envelope,
            uncertainty,
            is_applied: most > uncertainty.max(THRESHOLD),
        }
    }

    pub(super) fn first(&self) -> i64 {
        self.first
    }

    pub(super) fn last(&self) -> i64 {
        self.last
    }

    pub(super) fn received_last(&self) -> i64 {
        self.received_last
    }

    pub(super) fn readings(&self) -> usize {
        self.readings
    }

    pub(super) fn uncertainty(&self) -> i64 {
        self.uncertainty
    }

    /// It is not near the server's clock, and that is known well enough.
    pub(super) fn is_applied(&self) -> bool {
        self.is_applied
    }

    pub(super) fn distance(&self, time: i64) -> i64 {
        outside(time, self.first, self.last)
    }

    pub(super) fn offset_at(&self, time: i64) -> i64 {
        offset_at(&self.envelope, time)
    }
}

/// How far a time is from a range.
fn outside(time: i64, first: i64, last: i64) -> i64 {
    first.saturating_sub(time).max(time.saturating_sub(last)).max(0)
}

/// The points that no other one, with all the drift there may be, shows to have been on the way for longer than need be.
fn envelope(points: &[Point]) -> Vec<Point> {
    let from_left = bounds(points.iter());
    let mut from_right = bounds(points.iter().rev());
    from_right.reverse();
    let bounds = from_left.into_iter().zip(from_right).map(|(left, right)| left.min(right));
    let mut kept: Vec<Point> = Vec::new();
    for (point, bound) in points.iter().zip(bounds) {
        // Of two at one instant, the first has the lesser offset.
        let is_again = kept.last().is_some_and(|last| last.sent == point.sent);
        if point.offset() <= bound && !is_again {
            kept.push(*point);
        }
    }
    kept
}

/// What the points before each one allow its offset to be at most.
fn bounds<'p>(points: impl Iterator<Item = &'p Point>) -> Vec<i64> {
    let (mut bound, mut before) = (i64::MAX, None::<Point>);
    let next = |point: &Point| {
        if let Some(before) = before {
            let gap = point.sent.saturating_sub(before.sent).saturating_abs();
            bound = bound.min(before.offset()).saturating_add(drift(gap));
        }
        before = Some(*point);
        bound
    };
    points.map(next).collect()
}

/// Between two points, it changes evenly; before the first and after the last, nothing is known, so it stays.
fn offset_at(points: &[Point], time: i64) -> i64 {
    let next = points.partition_point(|point| point.sent <= time);
    match (next.checked_sub(1).and_then(|before| points.get(before)), points.get(next)) {
        (Some(before), Some(after)) => between(*before, *after, time),
        (Some(only), None) | (None, Some(only)) => only.offset(),
        (None, None) => 0,
    }
}

fn between(before: Point, after: Point, time: i64) -> i64 {
    let [from, to, at] = [before.sent, after.sent, time].map(i128::from);
    let [low, high] = [before.offset(), after.offset()].map(i128::from);
    let offset = low + (high - low) * (at - from) / (to - from).max(1);
    i64::try_from(offset).unwrap_or(before.offset())
}

/// By how much the least time on the way of a window is mostly over the least of all.
fn uncertainty(points: &[Point], envelope: &[Point]) -> i64 {
    if points.len() < FEW {
        return TOLERANCE;
    }
    let over = |point: &Point| point.offset().saturating_sub(offset_at(envelope, point.sent)).max(0);
    let mut all: Vec<_> = points.iter().map(over).collect();
    let (_, median, _) = all.select_nth_unstable(points.len() / 2);
    median.saturating_add(GRANULARITY)
}
