//! The readings that count. A set that merges: any order, any repetition, any split over servers gives the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::track::{Point, Segment};
use super::{ClockReading, Skew};
use crate::timeline::fold::Text;

/// Of each second, by the server's clock, the least offset is kept.
const WINDOW: i64 = 1_000_000_000;
/// Of more windows than this, each two are made one: then of every 2 s, 4 s, and so on.
const WINDOWS: usize = 128;

/// The readings of a timeline.
#[derive(Debug, Default)]
pub(in crate::timeline) struct Readings {
    segments: BTreeMap<Key, Windows>,
    count: usize,
    told: Mutex<Told>,
}

/// What was told of the clocks last, and whether that is still true.
#[derive(Debug, Default)]
struct Told {
    skew: Arc<Skew>,
    is_stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    host: Text,
    session: u64,
    epoch: i64,
}

/// Which windows are made one depends on the set of windows alone, not on the order in which they came.
#[derive(Clone, Debug, Default)]
struct Windows {
    /// A window is of 2 to the power of this seconds.
    level: u32,
    points: BTreeMap<i64, Point>,
}

impl Clone for Readings {
    fn clone(&self) -> Self {
        let told = Told { skew: Arc::default(), is_stale: true };
        Readings { segments: self.segments.clone(), count: self.count, told: Mutex::new(told) }
    }
}

impl Readings {
    /// Takes a reading of this host; true if that was news.
    pub(in crate::timeline) fn merge(&mut self, host: Text, reading: &ClockReading) -> bool {
        let ClockReading { session, epoch, sent, received, .. } = *reading;
        let windows = self.segments.entry(Key { host, session, epoch }).or_default();
        let before = windows.points.len();
        let is_news = windows.merge(Point { sent, received });
        self.count = self.count + windows.points.len() - before;
        if is_news {
            self.told.get_mut().unwrap_or_else(PoisonError::into_inner).is_stale = true;
        }
        is_news
    }

    /// Takes those of another fold, whose texts are `text` here.
    pub(in crate::timeline) fn merge_all(&mut self, other: &Readings, text: impl Fn(Text) -> Text) {
        for (Key { host, session, epoch }, windows) in &other.segments {
            let own =
                self.segments.entry(Key { host: text(*host), session: *session, epoch: *epoch }).or_default();
            let before = own.points.len();
            let is_news = own.merge_all(windows);
            self.count = self.count + own.points.len() - before;
            self.told.get_mut().unwrap_or_else(PoisonError::into_inner).is_stale |= is_news;
        }
    }

    /// The clocks, as these readings tell.
    pub(in crate::timeline) fn skew(&self, name: impl Fn(Text) -> Arc<str>) -> Arc<Skew> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut told.is_stale) {
            told.skew = Arc::new(self.reckon(name).following(&told.skew));
        }
        told.skew.clone()
    }

    /// Bytes of memory, estimated.
    pub(in crate::timeline) fn bytes(&self) -> usize {
        // What is told of them takes as much again.
        2 * (self.count * (size_of::<Point>() + size_of::<i64>())
            + self.segments.len() * (size_of::<Key>() + size_of::<Windows>()))
    }

    fn reckon(&self, name: impl Fn(Text) -> Arc<str>) -> Skew {
        let mut hosts = BTreeMap::<Arc<str>, Vec<Segment>>::new();
        for (Key { host, session, epoch }, windows) in &self.segments {
            let points = windows.points.values().copied();
            hosts.entry(name(*host)).or_default().push(Segment::new(*session, *epoch, points));
        }
        Skew::of(hosts)
    }
}

impl Windows {
    fn merge(&mut self, point: Point) -> bool {
        let window = self.window_of(point.received);
        let known = self.points.get(&window);
        if known.is_some_and(|known| known.rank() <= point.rank()) {
            return false;
        }
        self.points.insert(window, point);
        while self.points.len() > WINDOWS {
            self.coarsen();
        }
        true
    }

    /// The result is as if all their readings had come one by one: each side has the least level that is enough for its
    /// own, so the sum needs at least the greater of both.
    fn merge_all(&mut self, other: &Windows) -> bool {
        let mut is_news = self.level < other.level;
        while self.level < other.level {
            self.coarsen();
        }
        other.points.values().for_each(|point| is_news |= self.merge(*point));
        is_news
    }

    fn coarsen(&mut self) {
        self.level += 1;
        for point in std::mem::take(&mut self.points).into_values() {
            let window = self.window_of(point.received);
            let least = self.points.entry(window).or_insert(point);
            if point.rank() < least.rank() {
                *least = point;
            }
        }
    }

    fn window_of(&self, received: i64) -> i64 {
        received.div_euclid(WINDOW) >> self.level.min(i64::BITS - 1)
    }
}
