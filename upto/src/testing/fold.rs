//! Marks to events, as the server does it: the earliest start, the latest end, the worst status, and all attributes,
//! of which the later ones win.

use std::collections::HashMap;

use super::captured::{CapturedEvent, CapturedEvents, CapturedMark};
use crate::wire::Kind;

/// The events that `marks` tell of, by their start.
pub(super) fn events(marks: Vec<CapturedMark>) -> CapturedEvents {
    let mut places = HashMap::new();
    let mut events: Vec<CapturedEvent> = Vec::new();
    for mark in marks.into_iter().filter(|mark| is_of_event(mark.kind)) {
        match places.get(&mark.id).and_then(|place: &usize| events.get_mut(*place)) {
            Some(event) => add(event, mark),
            None => {
                places.insert(mark.id, events.len());
                events.push(event(mark));
            }
        }
    }
    events.sort_by_key(|event| (event.started, event.id));
    CapturedEvents(events)
}

fn is_of_event(kind: Kind) -> bool {
    kind != Kind::New && !kind.is_report()
}

fn event(mark: CapturedMark) -> CapturedEvent {
    CapturedEvent {
        is_point: mark.kind == Kind::Point,
        started: mark.started.unwrap_or(mark.time),
        ended: (mark.kind == Kind::End).then_some(mark.time),
        path: mark.path,
        context: mark.context,
        timeline: mark.timeline,
        host: mark.host,
        id: mark.id,
        status: mark.status,
        text: mark.text,
        attributes: mark.attributes,
        truncated: mark.truncated,
    }
}

fn add(event: &mut CapturedEvent, mark: CapturedMark) {
    let is_end = mark.kind == Kind::End;
    event.started = event.started.min(mark.started.unwrap_or(mark.time));
    event.ended = event.ended.max(is_end.then_some(mark.time));
    event.truncated |= mark.truncated;
    if mark.status > event.status {
        (event.status, event.text) = (mark.status, mark.text);
    }
    match is_end {
        true => event.attributes.extend(mark.attributes),
        false => mark.attributes.into_iter().for_each(|(key, value)| {
            event.attributes.entry(key).or_insert(value);
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::wire::Status;

    fn mark(kind: Kind, path: &str, id: u64, seconds: u64) -> CapturedMark {
        CapturedMark {
            kind,
            path: path.to_owned(),
            context: "test".to_owned(),
            timeline: String::new(),
            host: String::new(),
            id,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
            started: None,
            status: Status::Ok,
            text: String::new(),
            attributes: [(format!("{kind:?}"), id.into()), ("both".to_owned(), format!("{kind:?}").into())]
                .into(),
            truncated: false,
        }
    }

    #[test]
    fn the_order_of_marks_does_not_matter() {
        let marks = [
            mark(Kind::Start, "a", 1, 10),
            mark(Kind::Start, "a.b", 2, 11),
            CapturedMark { status: Status::Failed, text: "why".into(), ..mark(Kind::End, "a.b", 2, 12) },
            mark(Kind::End, "a", 1, 13),
            mark(Kind::Point, "a.p", 3, 12),
        ];
        let events = events(marks.to_vec());
        assert_eq!(super::events(marks.into_iter().rev().collect()), events);
        assert_eq!(events.paths(), ["a", "a.b", "a.p"]);
        assert_eq!(events[0].duration(), Some(Duration::from_secs(3)));
        assert_eq!((events[1].status, events[1].text.as_str()), (Status::Failed, "why"));
        assert_eq!(events[0].attribute("both"), Some(&"End".into()));
        assert_eq!(events.children(&events[0]).count(), 2);
    }

    #[test]
    fn an_end_alone_knows_when_it_started_and_a_start_alone_is_open() {
        let started = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(2));
        let end = CapturedMark { started, ..mark(Kind::End, "end", 1, 5) };
        let events = events(vec![mark(Kind::Start, "start", 2, 9), end, mark(Kind::New, "", 0, 3)]);
        assert_eq!(events.paths(), ["end", "start"]);
        assert_eq!(events[0].duration(), Some(Duration::from_secs(3)));
        assert!(events[1].is_open() && events[1].duration().is_none());
    }

    #[test]
    fn children_are_one_level_below_and_begin_while_it_is_open() {
        let events = events(vec![
            mark(Kind::Start, "a", 1, 1),
            mark(Kind::Point, "a.b", 2, 2),
            mark(Kind::Point, r"a.v1\.2", 3, 2),
            mark(Kind::Point, "a.b.c", 4, 2),
            mark(Kind::Point, "ab", 5, 2),
            mark(Kind::End, "a", 1, 3),
            mark(Kind::Point, "a.late", 6, 4),
        ]);
        let children: Vec<_> = events.children(&events[0]).map(|child| child.path.as_str()).collect();
        assert_eq!(children, ["a.b", r"a.v1\.2"]);
    }
}
