//! What readers of a feed are told, and what is forgotten.

use std::collections::HashSet;

use super::*;

fn key(context: &str, ordinal: u64) -> Key {
    Key { context: context.into(), ordinal: Some(ordinal) }
}

fn change(feed: &Feed, ordinals: impl IntoIterator<Item = u64>) {
    feed.note_all(ordinals.into_iter().map(|ordinal| (key("c", ordinal), "c".into())));
}

/// What is told next; `None` if that is not known.
fn told(watching: &FeedWatching, sweep: &mut Sweep, limit: usize) -> Option<Vec<u64>> {
    let page = watching.page(sweep, limit, |_| true)?;
    *sweep = page.then;
    Some(page.entries.iter().filter_map(|entry| entry.key().ordinal).collect())
}

#[test]
fn each_is_told_once_however_often_it_changed() {
    let feed = Arc::new(Feed::default());
    change(&feed, [1]);
    let watching = feed.watch();
    let mut sweep = watching.now();
    change(&feed, [3, 2, 3, 2, 3]);
    assert_eq!(told(&watching, &mut sweep, 10), Some(vec![2, 3]));
    assert_eq!(told(&watching, &mut sweep, 10), Some(vec![]));
    let position = sweep.position();
    change(&feed, [2]);
    assert_eq!(told(&watching, &mut watching.from(position).expect("it is known"), 10), Some(vec![2]));
}

#[test]
fn only_what_is_wanted_is_told() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let sweep = watching.now();
    change(&feed, [1]);
    feed.note(key("d", 2), &"d".into());
    let page = watching.page(&sweep, 10, |entry| entry.context() == "d").expect("it is known");
    assert_eq!(page.entries.iter().map(|entry| entry.key().clone()).collect::<Vec<_>>(), [key("d", 2)]);
    assert_eq!(page.then.position(), watching.now().position());
}

#[test]
fn of_many_that_change_all_the_time_none_is_left_out() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let (mut sweep, mut seen) = (watching.now(), HashSet::new());
    for _ in 0..10 {
        change(&feed, 0..1_000);
        seen.extend(told(&watching, &mut sweep, 100).expect("it is known"));
    }
    assert_eq!(seen.len(), 1_000);
}

#[test]
fn within_a_round_the_position_is_where_it_began() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let mut sweep = watching.now();
    let position = sweep.position();
    change(&feed, 0..5);
    let pages = [told(&watching, &mut sweep, 2), told(&watching, &mut sweep, 2)];
    assert_eq!(pages, [Some(vec![0, 1]), Some(vec![2, 3])]);
    assert_eq!(sweep.position(), position);
    assert_eq!(told(&watching, &mut sweep, 2), Some(vec![4]));
    assert_eq!(sweep.position(), watching.now().position());
}

#[test]
fn former_names_are_told_to_those_who_knew_them() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let before = watching.now();
    feed.note_former(key("c", 1), &"c".into(), &"old".into());
    change(&feed, [1]);
    let former = |sweep: &Sweep| -> Vec<String> {
        let page = watching.page(sweep, 10, |_| true).expect("it is known");
        page.entries.iter().flat_map(|entry| sweep.former(entry)).map(ToString::to_string).collect()
    };
    assert_eq!(former(&before), ["old"]);
    let after = watching.now();
    change(&feed, [1]);
    assert!(former(&after).is_empty());
}

#[test]
fn who_is_too_far_behind_or_comes_too_late_is_told_so() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let (mut slow, first) = (watching.now(), watching.now().position());
    change(&feed, 0..=ENTRIES as u64);
    assert_eq!(told(&watching, &mut slow, 10), None);
    assert!(watching.from(first).is_none() && watching.from(first.at(u64::MAX)).is_none());
    let (position, close) = (watching.now().position(), watching.closing());
    drop(watching);
    close();
    assert!(!feed.is_open());
    assert!(feed.watch().from(position).is_none(), "what changed meanwhile was not noted");
}

#[test]
fn while_somebody_watches_or_came_meanwhile_it_stays_open() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    watching.closing()();
    assert!(feed.is_open());
    let close = watching.closing();
    let position = watching.now().position();
    drop(watching);
    let again = feed.watch();
    drop(again);
    close();
    assert!(feed.is_open());
    assert!(feed.watch().from(position).is_some());
}

#[tokio::test]
async fn texts_are_written_once_and_do_not_take_all_memory() {
    let feed = Arc::new(Feed::default());
    let watching = feed.watch();
    let mut sweep = watching.now();
    change(&feed, 0..20);
    let page = watching.page(&sweep, 20, |_| true).expect("it is known");
    for entry in &page.entries {
        for is_first in [true, false] {
            let write = async || Ok::<_, ()>(vec![b'x'; TEXT_BYTES / 10].into());
            let (text, is_new) = entry.text(write).await.expect("a text");
            assert_eq!((text.len(), is_new), (TEXT_BYTES / 10, is_first));
        }
        watching.grow(entry);
    }
    assert!(feed.changes().text_bytes <= TEXT_BYTES);
    assert_eq!(told(&watching, &mut sweep, 20), None, "the oldest ones are gone");
}
