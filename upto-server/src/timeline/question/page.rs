//! A page of the list of events.

mod nearest;
mod place;

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use self::nearest::{Nearest, Side};
pub(crate) use self::place::Place;
use super::Question;
use crate::timeline::fold::Fold;
use crate::timeline::{AttributeValue, Event, Skew, Times};

/// Where a page begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageFrom {
    /// It begins with the first event.
    Beginning,
    /// It begins with the first event that begins at this instant or later.
    At(i64),
    /// It begins behind this one.
    After(Place),
    /// It ends before this one.
    Before(Place),
}

impl PageFrom {
    fn anchor(&self) -> Option<i64> {
        match self {
            PageFrom::Beginning => None,
            PageFrom::At(first) => Some(*first),
            PageFrom::After(place) | PageFrom::Before(place) => Some(place.first),
        }
    }

    fn side(&self) -> Side {
        if matches!(self, PageFrom::Before(_)) { Side::Last } else { Side::First }
    }
}

/// Events that follow one another in their listing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventPage {
    pub(crate) events: Vec<Event>,
    /// The place of the last one, if there are more behind it.
    pub(crate) next: Option<Place>,
    /// The place of the first one, if there are more before it.
    pub(crate) previous: Option<Place>,
}

/// Which events are on this page?
///
/// Of the events on the page's side of where it begins, those nearest to it are kept, and all that begin at that very
/// instant, as only together they tell where in the list it is. So what this holds grows with the page, and with how many
/// events begin at the same nanosecond.
#[derive(Debug)]
pub(crate) struct PageQuestion {
    times: Times,
    skew: Arc<Skew>,
    from: PageFrom,
    limit: usize,
    nearest: Nearest<Event>,
    /// Those that begin when the page's place does.
    at: Vec<Event>,
    /// There are events on the other side.
    has_others: bool,
}

impl PageQuestion {
    /// The next page of at most `limit` events.
    pub(crate) fn new(from: PageFrom, limit: usize, times: Times) -> Self {
        // One more tells whether there are more.
        let nearest = Nearest::new(from.side(), limit.saturating_add(1));
        PageQuestion { times, skew: Arc::default(), from, limit, nearest, at: Vec::new(), has_others: false }
    }

    /// Which of these events are on the page.
    fn range(&self, events: &[Event]) -> Range<usize> {
        let start = match self.from {
            PageFrom::Beginning | PageFrom::At(_) => 0,
            PageFrom::After(place) => place.after(events),
            PageFrom::Before(place) => {
                let end = place.before(events);
                return end.saturating_sub(self.limit)..end;
            }
        };
        start..events.len().min(start.saturating_add(self.limit))
    }
}

impl Question for PageQuestion {
    type Answer = EventPage;

    fn begin(&mut self, whole: &Fold) {
        self.skew = whole.skew_in(self.times);
    }

    fn look_at(&mut self, part: &Fold) {
        let PageQuestion { skew, from, nearest, at, has_others, .. } = self;
        let (anchor, side) = (from.anchor(), from.side());
        let mut of_part = nearest.for_part();
        for event in part.glimpses(skew) {
            let first = event.first();
            match anchor.map_or(Ordering::Greater, |anchor| first.cmp(&anchor)) {
                Ordering::Equal => at.push(event.to_event()),
                order if (order == Ordering::Greater) == (side == Side::First) => of_part.offer(first, event),
                _ => *has_others = true,
            }
        }
        of_part.into_items().for_each(|(first, event)| nearest.offer(first, event.to_event()));
        nearest.trim();
    }

    fn bytes(&self) -> usize {
        self.nearest.items().chain(&self.at).map(bytes_of).sum()
    }

    fn answer(mut self) -> EventPage {
        let mut events = std::mem::take(&mut self.at);
        let (side, nearest) =
            (self.from.side(), std::mem::replace(&mut self.nearest, Nearest::new(Side::First, 0)));
        events.extend(nearest.into_items().map(|(_, event)| event));
        events.sort_unstable_by(|one, other| one.listing_order().cmp(&other.listing_order()));
        let range = self.range(&events);
        let has_next = range.end < events.len() || (self.has_others && side == Side::Last);
        let has_previous = range.start > 0 || (self.has_others && side == Side::First);
        let last = range.end.checked_sub(1).filter(|_| has_next);
        let next = last.and_then(|last| Place::of(&events, last));
        let previous = Some(range.start).filter(|_| has_previous).and_then(|first| Place::of(&events, first));
        events.truncate(range.end);
        EventPage { events: events.split_off(range.start.min(range.end)), next, previous }
    }
}

/// Bytes of memory that an event takes.
fn bytes_of(event: &Event) -> usize {
    let attribute = |(key, value): &(Arc<str>, AttributeValue)| {
        let text = if let AttributeValue::Text(text) = value { text.len() } else { 0 };
        size_of::<(Arc<str>, AttributeValue)>() + key.len() + text
    };
    let attributes: usize = event.attributes.iter().map(attribute).sum();
    size_of::<(i64, Event)>() + event.name.len() + event.host.len() + event.text.len() + attributes
}
