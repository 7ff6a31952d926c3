//! What views are made from.

use std::sync::Arc;

use super::super::forest::{Forest, NodeNumber};
use super::super::table::{Place, number};
use super::cache::{Cache, Key, Of};
use super::rows::Row;
use super::track::{Track, Window};
use super::{LANES, RUNNING, Running, ViewOptions, ViewRow, lanes};

/// A forest, and what was prepared to draw it. The rows that are looked at are prepared when they are first looked at,
/// and kept within bounds: some 46 bytes an event. May be used by many threads at once.
#[derive(Debug)]
pub struct Picture {
    forest: Forest,
    cache: Cache,
}

impl Picture {
    /// A picture of this forest that keeps about `most_bytes` of what it prepares.
    #[must_use]
    pub fn new(forest: Forest, most_bytes: usize) -> Self {
        Picture { forest, cache: Cache::new(most_bytes) }
    }

    /// The forest that it shows.
    #[must_use]
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// Bytes of memory that it takes now, without the table.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.forest.bytes() + self.cache.bytes()
    }

    pub(super) fn lane_count(&self, node: NodeNumber, min_duration: i64) -> u16 {
        u16::try_from(self.tracks(node, Of::Lanes, min_duration).len()).unwrap_or(LANES)
    }

    pub(super) fn draw(&self, row: Row, window: &Window, options: &ViewOptions<'_>) -> ViewRow {
        let Row { node, is_collapsed, lane } = row;
        let of = match (is_collapsed, lane) {
            (true, _) => Of::Within,
            (false, None) => Of::Own,
            (false, Some(_)) => Of::Lanes,
        };
        let tracks = self.tracks(node, of, options.min_duration);
        let track = tracks.get(usize::from(lane.unwrap_or(0)));
        let table = self.forest.table();
        let bars = track.map_or_else(Vec::new, |track| track.bars(table, window));
        let (running, running_count) = track.map_or_else(Default::default, |track| running(track, options));
        let lanes = match lane {
            Some(_) => number(tracks.len()),
            None => track.map_or(0, Track::lanes),
        };
        let lanes = u16::try_from(lanes).unwrap_or(LANES).min(LANES);
        ViewRow { node, is_collapsed, lanes, lane, bars, running, running_count }
    }

    fn tracks(&self, node: NodeNumber, of: Of, min_duration: i64) -> Arc<[Track]> {
        let key = Key { node, of, min_duration: min_duration.max(0) };
        self.cache.tracks(key, || self.build(&key))
    }

    fn build(&self, key: &Key) -> Vec<Track> {
        let table = self.forest.table();
        let is_long_enough = |place: &Place| {
            let interval = table.interval(*place as usize);
            let is_short = interval.is_some_and(|(from, to)| to.saturating_sub(from) < key.min_duration);
            let is_point = table.states()[*place as usize] == super::State::Point;
            !(is_short || is_point && key.min_duration > 0)
        };
        let places = match key.of {
            Of::Within => self.forest.events_within(key.node),
            Of::Own | Of::Lanes => self.forest.events(key.node),
        };
        let mut places: Vec<Place> = places.iter().copied().filter(is_long_enough).collect();
        places.sort_unstable();
        match key.of {
            Of::Lanes => lanes::of(table, &places).into_iter().map(|lane| Track::of(table, lane)).collect(),
            Of::Own | Of::Within => vec![Track::of(table, places)],
        }
    }
}

/// The open events that began before the view ends, unless the view is all after `now`.
fn running(track: &Track, options: &ViewOptions<'_>) -> (Vec<Running>, u32) {
    if options.now.is_some_and(|now| now < options.from) {
        return (Vec::new(), 0);
    }
    let open = track.open_before(options.to);
    let running = open.iter().take(RUNNING).map(|(since, event)| Running { event: *event, since: *since });
    (running.collect(), number(open.len()))
}
