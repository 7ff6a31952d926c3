//! Events in the order of their starts, prepared to be drawn in one row.

mod bars;
mod window;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) use self::window::Window;
use super::super::event::State;
use super::super::table::{Place, Table, number};
use super::maxima::Maxima;

/// Events in the order of their starts; open ones apart. What has one known instant begins and ends there.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    places: Vec<Place>,
    /// The ranks of their states, side by side: in the table they are far apart.
    ranks: Vec<u8>,
    starts: Vec<i64>,
    ends: Vec<i64>,
    /// The latest end of each event and all before it.
    covers: Vec<i64>,
    /// All ends, sorted.
    sorted_ends: Vec<i64>,
    /// When the events are that have no length, sorted.
    instants: Vec<i64>,
    /// For how long nothing runs before each event, or how long it is if it overlaps no other one: where merging ends.
    cuts: Maxima,
    durations: Maxima,
    last_ends: Maxima,
    states: Maxima,
    /// Open events by their starts.
    open: Vec<(i64, Place)>,
    /// How many run at once at most.
    lanes: u32,
}

impl Track {
    /// Of these events, which come in listing order.
    pub(super) fn of(table: &Table, places: Vec<Place>) -> Self {
        let (open, places): (Vec<Place>, Vec<Place>) =
            places.into_iter().partition(|place| table.open_since(*place as usize).is_some());
        let starts: Vec<i64> = places.iter().map(|place| table.firsts()[*place as usize]).collect();
        let ends =
            places.iter().zip(&starts).map(|(place, start)| table.lasts()[*place as usize].max(*start));
        let ends: Vec<i64> = ends.collect();
        let open = open.into_iter().map(|place| (table.firsts()[place as usize], place)).collect();
        let ranks = places.iter().map(|place| rank(table.states()[*place as usize])).collect();
        let mut track = Track { places, ranks, starts, ends, open, ..Track::default() };
        track.prepare();
        track
    }

    fn prepare(&mut self) {
        let latest = |until: &mut i64, end: &i64| {
            *until = (*until).max(*end);
            Some(*until)
        };
        self.covers = self.ends.iter().scan(i64::MIN, latest).collect();
        self.sorted_ends = self.ends.clone();
        self.sorted_ends.sort_unstable();
        let instants = self.starts.iter().zip(&self.ends).filter(|(start, end)| start == end);
        self.instants = instants.map(|(start, _)| *start).collect();
        let count = self.places.len();
        self.cuts = Maxima::of(count, |at| self.cut(at));
        self.durations = Maxima::of(count, |at| self.duration(at));
        self.last_ends = Maxima::of(count, |at| self.ends[at]);
        self.states = Maxima::of(count, |at| self.rank(at));
        self.lanes = self.most_at_once();
    }

    /// How many run at once at most; what ends when another one begins does not run then any more.
    fn most_at_once(&self) -> u32 {
        let (mut running, mut most) = (BinaryHeap::new(), usize::from(!self.places.is_empty()));
        for (start, end) in self.starts.iter().zip(&self.ends) {
            while running.peek().is_some_and(|Reverse(end)| *end <= *start) {
                running.pop();
            }
            running.push(Reverse(*end));
            most = most.max(running.len());
        }
        number(most)
    }

    /// For how long nothing ran before this event; less than 0 if something does. Before the first one: for ever.
    fn gap(&self, at: usize) -> i64 {
        let before = at.checked_sub(1).map(|before| self.covers[before]);
        before.map_or(i64::MAX, |until| self.starts[at].saturating_sub(until))
    }

    /// Its duration if nothing else runs at the same time, else -1.
    fn alone(&self, at: usize) -> i64 {
        let is_last = self.starts.get(at + 1).is_none_or(|next| *next >= self.ends[at]);
        if is_last && self.gap(at) >= 0 { self.duration(at) } else { -1 }
    }

    fn cut(&self, at: usize) -> i64 {
        self.gap(at).max(self.alone(at))
    }

    fn duration(&self, at: usize) -> i64 {
        self.ends[at].saturating_sub(self.starts[at])
    }

    fn rank(&self, at: usize) -> i64 {
        self.ranks[at].into()
    }

    /// How many events without length are at this instant.
    fn instants_at(&self, at: i64) -> usize {
        let behind = self.instants.partition_point(|instant| *instant <= at);
        behind - self.instants.partition_point(|instant| *instant < at)
    }

    pub(super) fn lanes(&self) -> u32 {
        self.lanes
    }

    /// The open events that began before this instant.
    pub(super) fn open_before(&self, until: i64) -> &[(i64, Place)] {
        &self.open[..self.open.partition_point(|(since, _)| *since < until)]
    }

    pub(super) fn bytes(&self) -> usize {
        let maxima = [&self.cuts, &self.durations, &self.last_ends, &self.states];
        let each = size_of::<Place>() + size_of::<u8>() + 4 * size_of::<i64>();
        let open = self.open.len() * size_of::<(i64, Place)>();
        let instants = self.instants.len() * size_of::<i64>();
        size_of::<Self>()
            + self.places.len() * each
            + instants
            + open
            + maxima.map(Maxima::bytes).iter().sum::<usize>()
    }
}

/// The states from the best to the worst.
const RANKS: [State; 6] =
    [State::Point, State::Done, State::Open, State::UnknownStart, State::Cancelled, State::Failed];

fn rank(state: State) -> u8 {
    let place = RANKS.iter().position(|each| *each == state).unwrap_or(0);
    u8::try_from(place).unwrap_or(0)
}

fn state(rank: i64) -> State {
    usize::try_from(rank).ok().and_then(|rank| RANKS.get(rank)).copied().unwrap_or(State::Point)
}
