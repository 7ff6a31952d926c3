//! What those are told who watch, go and come back.

use upto::wire::Status;

use super::*;
use crate::timeline::{Mark, MarkKind};

/// A fold and its hub, as a timeline has them.
#[derive(Default)]
struct Watched {
    fold: Fold,
    hub: Hub,
}

impl Watched {
    fn take(&mut self, name: &str, time: i64) {
        let mark = Mark {
            kind: MarkKind::Start,
            name,
            host: "",
            id: 1,
            parent: 0,
            time,
            started: None,
            status: Status::Ok,
            text: "",
            attributes: &[],
            truncated: false,
        };
        let change = self.fold.apply(&mark);
        self.hub.note(&change);
        self.fold.settle();
        self.hub.publish(&self.fold, true);
    }
}

/// The names of the events that were told after `position`; `None` if more changed than is known.
fn told(watching: &Watching, position: Position) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for update in watching.after(position)? {
        let News::Told(news) = &update.news else { return None };
        let UpdateChange::Events(events) = &news.told(Times::Raw).change else { return None };
        names.extend(events.iter().map(|event| event.name.to_string()));
    }
    Some(names)
}

#[test]
fn who_comes_back_in_time_has_missed_nothing() {
    let mut watched = Watched::default();
    let first = watched.hub.subscribe();
    watched.take("a", 1);
    let position = first.position();
    drop(first);
    let visits = watched.hub.visits();
    watched.take("b", 2);
    watched.take("c", 3);
    let again = watched.hub.subscribe();
    assert_eq!(told(&again, position), Some(vec!["b".to_owned(), "c".to_owned()]));
    watched.hub.close(visits);
    watched.take("d", 4);
    assert_eq!(told(&again, position).map(|told| told.len()), Some(3), "somebody came since");
}

#[test]
fn who_comes_back_too_late_is_not_told_that_nothing_happened() {
    let mut watched = Watched::default();
    let first = watched.hub.subscribe();
    watched.take("a", 1);
    let position = first.position();
    drop(first);
    watched.hub.close(watched.hub.visits());
    assert!(!watched.hub.is_open());
    watched.take("b", 2);
    assert_eq!(told(&watched.hub.subscribe(), position), None);
}

#[test]
fn of_a_fold_that_was_thrown_out_and_read_again_everything_may_have_changed() {
    let mut watched = Watched::default();
    let watching = watched.hub.subscribe();
    let position = watching.position();
    watched.hub.note_completion();
    watched.take("a", 1);
    assert_eq!(told(&watching, position), Some(vec!["a".to_owned()]), "it was not thrown out");
    watched.hub.note_eviction();
    watched.hub.note_completion();
    watched.take("b", 2);
    assert_eq!(told(&watching, position), None);
}
