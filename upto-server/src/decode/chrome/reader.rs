//! Trace events one after the other, as messages.

use std::borrow::Cow;
use std::collections::HashMap;
use std::vec::IntoIter;

use upto::wire::Status;

use super::super::draft::{Destination, Draft, DraftValue, segment};
use super::event::{Own, Phase, TraceEvent, Track};
use super::{BodyError, Chrome, nanoseconds};

/// Slices that have begun and not ended, at a time.
const OPEN: usize = 65_536;

/// Reads events in their order in the document.
pub(super) struct Reader<'a, 'c> {
    chrome: &'c Chrome<'a>,
    to: Destination<'a>,
    next: usize,
    open: HashMap<Track<'a>, Vec<Draft<'a>>>,
    open_async: HashMap<String, Draft<'a>>,
    open_count: usize,
    /// What never ends, after all events.
    rest: IntoIter<Draft<'a>>,
}

type Read<'a> = Result<Option<Draft<'a>>, String>;

impl<'a, 'c> Reader<'a, 'c> {
    pub(super) fn new(chrome: &'c Chrome<'a>, to: Destination<'a>) -> Self {
        let (open, open_async) = (HashMap::new(), HashMap::new());
        Reader { chrome, to, next: 0, open, open_async, open_count: 0, rest: Vec::new().into_iter() }
    }

    /// The event in this place, if that is enough to make a message of it.
    fn read(&mut self, event: &TraceEvent<'a>, place: usize) -> Read<'a> {
        match event.phase() {
            Phase::Other => Ok(None),
            Phase::Complete => self.complete(event, place).map(Some),
            Phase::Begin if self.chrome.is_own => self.complete(event, place).map(Some),
            Phase::Instant | Phase::AsyncInstant => self.instant(event, place).map(Some),
            Phase::Begin => self.begin(event, place),
            Phase::End => self.end(event),
            Phase::AsyncBegin => self.begin_async(event, place),
            Phase::AsyncEnd => self.end_async(event),
        }
    }

    /// A slice that says its start and mostly its end.
    fn complete(&self, event: &TraceEvent<'a>, place: usize) -> Result<Draft<'a>, String> {
        let (mut draft, own) = self.draft(event, place)?;
        let start = self.time(event.time())?;
        let length = event.duration().ok_or("its dur is no number of microseconds")?;
        let mut end = Some(self.time(event.time().map(|time| time.saturating_add(length)))?);
        if event.phase() == Phase::Begin {
            end = None;
        }
        if let Some(earlier) = &own.end {
            end = Some(nanoseconds(earlier).map_err(|error| error.to_string())?);
        }
        draft.set_times(Some(start), end, false);
        Ok(draft)
    }

    fn instant(&self, event: &TraceEvent<'a>, place: usize) -> Result<Draft<'a>, String> {
        let (mut draft, _) = self.draft(event, place)?;
        let time = Some(self.time(event.time())?);
        // An instant of this server's is all that is known of an event, unless it is a point.
        let is_end = self.chrome.is_own && event.cat.as_deref() != Some("point");
        draft.set_times(if is_end { None } else { time }, time, !is_end);
        Ok(draft)
    }

    fn begin(&mut self, event: &TraceEvent<'a>, place: usize) -> Read<'a> {
        let mut draft = self.opened(event, place)?;
        let open = self.open.entry(event.track()).or_default();
        draft.parent = open.last().map_or(0, |outer| outer.id);
        open.push(draft);
        Ok(None)
    }

    fn end(&mut self, event: &TraceEvent<'a>) -> Read<'a> {
        let time = self.time(event.time())?;
        let begun = self.open.get_mut(&event.track()).and_then(Vec::pop);
        Ok(self.ended(begun, event, time))
    }

    fn begin_async(&mut self, event: &TraceEvent<'a>, place: usize) -> Read<'a> {
        let draft = self.opened(event, place)?;
        // One that begins again without having ended stays open, and nobody waits for its end any more.
        let begun_before = self.open_async.insert(event.async_key(), draft);
        self.open_count -= usize::from(begun_before.is_some());
        Ok(begun_before)
    }

    fn end_async(&mut self, event: &TraceEvent<'a>) -> Read<'a> {
        let time = self.time(event.time())?;
        let begun = self.open_async.remove(&event.async_key());
        Ok(self.ended(begun, event, time))
    }

    /// A slice that has begun.
    fn opened(&mut self, event: &TraceEvent<'a>, place: usize) -> Result<Draft<'a>, String> {
        if self.open_count == OPEN {
            return Err(format!("over {OPEN} slices have begun and not ended"));
        }
        let (mut draft, _) = self.draft(event, place)?;
        draft.set_times(Some(self.time(event.time())?), None, false);
        self.open_count += 1;
        Ok(draft)
    }

    /// The end of a slice; an end of none is passed over.
    fn ended(&mut self, begun: Option<Draft<'a>>, event: &TraceEvent<'a>, time: i64) -> Option<Draft<'a>> {
        let mut draft = begun?;
        self.open_count = self.open_count.saturating_sub(1);
        draft.attributes.extend(&event.attributes(false));
        draft.set_times(Some(draft.time), Some(time), false);
        Some(draft)
    }

    /// What an event says, but for its times.
    fn draft(&self, event: &TraceEvent<'a>, place: usize) -> Result<(Draft<'a>, Own), String> {
        let Chrome { is_own, .. } = *self.chrome;
        let own = if is_own { event.own() } else { Own::default() };
        let given = event.name.clone().filter(|name| !name.is_empty()).ok_or("it has no name")?;
        let mut draft = Draft {
            context: self.to.context.into(),
            timeline: self.to.timeline.into(),
            name: if own.path { given } else { segment(given) },
            host: self.chrome.host(event.track().process),
            attributes: event.attributes(is_own),
            ..Draft::default()
        };
        if is_own {
            self.describe_own(&mut draft, event, &own)?;
        } else {
            self.describe(&mut draft, event, place);
        }
        draft.fault().map_or(Ok((draft, own)), Err)
    }

    fn describe_own(&self, draft: &mut Draft<'a>, event: &TraceEvent<'a>, own: &Own) -> Result<(), String> {
        let number = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or("0");
            text.parse().map_err(|_| "its id or parent is no number".to_owned())
        };
        (draft.id, draft.parent) = (number(&own.id)?, number(&own.parent)?);
        draft.status = match event.cat.as_deref() {
            Some("failed") => Status::Failed,
            Some("cancelled") => Status::Cancelled,
            _ => Status::Ok,
        };
        draft.set_text(own.message.clone().unwrap_or_default().into());
        draft.attributes.note_truncated(own.truncated);
        Ok(())
    }

    fn describe(&self, draft: &mut Draft<'a>, event: &TraceEvent<'a>, place: usize) {
        draft.id = event.derived_id(place);
        draft.parent = self.chrome.parents.get(&place).copied().unwrap_or(0);
        let track = event.track();
        let number = Some(track.thread.trim_matches('"')).filter(|thread| !thread.is_empty());
        let thread = self.chrome.threads.get(&track).cloned().map(Cow::Owned).or(number.map(Cow::Borrowed));
        for (key, value) in [("cat", event.cat.clone()), ("thread", thread)] {
            if let Some(value) = value {
                draft.attributes.add(key, DraftValue::Text(value));
            }
        }
    }

    /// Nanoseconds since the epoch.
    fn time(&self, time: Option<i128>) -> Result<i64, String> {
        let time = time.ok_or("its ts is no number of microseconds")?;
        let absolute = time.checked_add(self.chrome.base.into()).and_then(|time| i64::try_from(time).ok());
        absolute.ok_or_else(|| "its time is outside of the years 1678 to 2261".to_owned())
    }

    fn take_rest(&mut self) -> IntoIter<Draft<'a>> {
        let tracks = std::mem::take(&mut self.open).into_values().flatten();
        let mut rest: Vec<_> = tracks.chain(std::mem::take(&mut self.open_async).into_values()).collect();
        rest.sort_by_key(|draft| (draft.time, draft.id));
        rest.into_iter()
    }
}

impl<'a> Iterator for Reader<'a, '_> {
    type Item = Result<Draft<'a>, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.chrome.events.len() {
            let place = self.next;
            self.next += 1;
            let read = self.chrome.event(place).and_then(|event| {
                let wrong = |problem| BodyError::Meaning(format!("event {}: {problem}", place + 1));
                self.read(&event, place).map_err(wrong)
            });
            if let Some(item) = read.transpose() {
                return Some(item);
            }
        }
        if !self.open.is_empty() || !self.open_async.is_empty() {
            self.rest = self.take_rest();
        }
        self.rest.next().map(Ok)
    }
}
