//! Which complete slice of a thread is within which one: the format tells by times alone.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::event::{Phase, Track};
use super::{BodyError, Chrome};

struct Slice {
    start: i128,
    end: i128,
    place: usize,
    id: u64,
}

/// The id of the innermost slice around each one that is within another, by its place in the document.
pub(super) fn parents(chrome: &Chrome<'_>) -> Result<HashMap<usize, u64>, BodyError> {
    let mut tracks = HashMap::<Track<'_>, Vec<Slice>>::new();
    for place in 0..chrome.events.len() {
        let event = chrome.event(place)?;
        let (Phase::Complete, Some(start), Some(duration)) = (event.phase(), event.time(), event.duration())
        else {
            continue;
        };
        let slice = Slice { start, end: start.saturating_add(duration), place, id: event.derived_id(place) };
        tracks.entry(event.track()).or_default().push(slice);
    }
    let mut parents = HashMap::new();
    for mut slices in tracks.into_values() {
        slices.sort_by_key(|slice| (slice.start, Reverse(slice.end), slice.place));
        let mut around: Vec<&Slice> = Vec::new();
        for slice in &slices {
            while around.pop_if(|last| last.end < slice.end || last.end <= slice.start).is_some() {}
            parents.extend(around.last().map(|last| (slice.place, last.id)));
            around.push(slice);
        }
    }
    Ok(parents)
}
