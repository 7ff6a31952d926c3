use super::*;
use crate::watch::heartbeat::{Pulse, State};

const SECOND: i64 = 1_000_000_000;

/// So many seconds after the beginning, by both clocks.
fn at(seconds: i64) -> Moment {
    Moment { wall: 1_000 * SECOND + seconds * SECOND, monotonic: seconds * SECOND }
}

fn pulse(next: f64) -> Step {
    Step::Change(Change::Pulse(Some(Pulse::new(next, None).expect("a pulse"))))
}

fn take(shard: &mut Shard, service: &str, step: Step, moment: Moment) -> Option<News> {
    shard.take(&Key::new(service, ""), step, moment, || format!("ping-{service}").into())
}

fn state(shard: &Shard, service: &str, moment: Moment) -> Option<State> {
    shard.get(&Key::new(service, "")).map(|heartbeat| heartbeat.state(moment.wall))
}

/// The document as it would be stored now.
fn document(shard: &mut Shard) -> (ShardDocument, u64) {
    let Saving { bytes, through, .. } = shard.begin_saving("k").expect("written");
    (document::decode("k", &bytes).expect("read"), through)
}

fn save(shard: &mut Shard, version: u64) -> ShardDocument {
    let (document, through) = document(shard);
    shard.end_saving(version, through);
    document
}

#[test]
fn only_those_are_looked_at_that_are_due() {
    let mut shard = Shard::default();
    for number in 1..=1_000 {
        take(&mut shard, &number.to_string(), pulse(number as f64), at(0));
    }
    assert_eq!(
        (shard.due(SECOND - 1).len(), shard.miss(at(1).monotonic, at(1)), shard.due(SECOND).len()),
        (0, 1, 0)
    );
    take(&mut shard, "2", pulse(50.0), at(1));
    assert_eq!(shard.miss(at(10).monotonic, at(10)), 8);
    assert_eq!(state(&shard, "1", at(10)), Some(State::Dead));
    assert_eq!((state(&shard, "2", at(10)), state(&shard, "11", at(10))), (Some(State::Up), Some(State::Up)));
}

#[test]
fn somebody_who_sets_the_clock_kills_nobody() {
    let mut shard = Shard::default();
    take(&mut shard, "s", pulse(10.0), at(0));
    let day = 86_400 * SECOND;
    for step in [day, -day] {
        let moment = Moment { wall: at(9).wall + step, ..at(9) };
        assert_eq!(shard.miss(moment.monotonic, moment), 0);
    }
    let moment = Moment { wall: at(10).wall - day, ..at(10) };
    assert_eq!(shard.miss(moment.monotonic, moment), 1);
}

#[test]
fn nothing_waits_longer_than_it_may_after_the_clock_was_set_while_nobody_watched() {
    let mut before = Shard::default();
    take(&mut before, "s", pulse(10.0), at(0));
    let stored = save(&mut before, 1);
    let mut shard = Shard::default();
    shard.reload(Some(1), stored, Moment { wall: at(0).wall - 86_400 * SECOND, monotonic: 0 });
    assert_eq!((shard.due(10 * SECOND - 1).len(), shard.due(10 * SECOND).len()), (0, 1));
}

#[test]
fn what_came_due_while_nobody_watched_is_armed_once_more() {
    let mut before = Shard::default();
    take(&mut before, "gone", pulse(10.0), at(0));
    take(&mut before, "there", pulse(1_000.0), at(0));
    let stored = save(&mut before, 1);
    let mut shard = Shard::default();
    let start = Moment { wall: at(500).wall, monotonic: 0 };
    shard.reload(Some(1), stored, start);
    assert_eq!(shard.rearm(start), [Key::new("gone", "")]);
    assert_eq!(shard.miss(9 * SECOND, start), 0);
    let later = Moment { wall: at(510).wall, monotonic: 10 * SECOND };
    assert_eq!(shard.miss(later.monotonic, later), 1);
    assert_eq!(state(&shard, "there", later), Some(State::Up));
}

#[test]
fn what_another_server_has_stored_and_what_is_not_stored_here_are_both_there() {
    let mut ours = Shard::default();
    take(&mut ours, "both", pulse(10.0), at(0));
    let stored = save(&mut ours, 1);
    let mut theirs = Shard::default();
    theirs.reload(Some(1), stored, at(0));
    take(&mut theirs, "both", pulse(10.0), at(5));
    take(&mut theirs, "theirs", pulse(10.0), at(5));
    take(&mut ours, "ours", pulse(10.0), at(6));
    let stored = save(&mut theirs, 2);
    // Ours would have died at 10, if theirs had not been told of.
    ours.miss(at(10).monotonic, at(10));
    ours.reload(Some(2), stored, at(10));
    for service in ["both", "ours", "theirs"] {
        assert_eq!(state(&ours, service, at(10)), Some(State::Up), "{service}");
    }
    assert!(ours.unpublished(at(10).wall, true).is_empty());
    assert!(!ours.is_stored());
}

#[test]
fn a_death_is_told_once_it_is_stored_and_until_it_was_published() {
    let mut shard = Shard::default();
    take(&mut shard, "s", pulse(10.0), at(0));
    shard.miss(at(10).monotonic, at(10));
    assert!(shard.unpublished(at(10).wall, false).is_empty(), "it is not stored yet");
    let stored = save(&mut shard, 1);
    let notices = shard.unpublished(at(10).wall, false);
    assert_eq!(notices.len(), 1);
    assert!(notices[0].title.contains("has not pulsed"), "{notices:?}");
    // Who comes after a server that was killed now finds it.
    let mut next = Shard::default();
    next.reload(Some(1), stored, at(11));
    assert_eq!(next.unpublished(at(11).wall, true), notices);
    assert!(next.unpublished(at(11).wall, false).is_empty(), "another server may be at it");
    assert_eq!(next.unpublished(at(25).wall, false), notices);
    shard.end_publishing(&notices[0].id);
    assert!(shard.unpublished(at(10).wall, true).is_empty() && !shard.is_stored());
    assert!(save(&mut shard, 2).notices.is_empty());
}

#[test]
fn who_tells_that_something_is_over_finds_what_a_server_that_is_gone_left_untold() {
    let mut first = Shard::default();
    take(&mut first, "s", pulse(10.0), at(0));
    first.miss(at(10).monotonic, at(10));
    let stored = save(&mut first, 1);
    let mut second = Shard::default();
    second.reload(Some(1), stored, at(11));
    take(&mut second, "s", pulse(10.0), at(12));
    save(&mut second, 2);
    let told = second.unpublished(at(12).wall, false);
    let [over] = told.as_slice() else { panic!("{told:?}") };
    assert!(over.title.contains("is pulsing again"), "{over:?}");
    let before = second.earlier(over);
    let [problem] = before.as_slice() else { panic!("{before:?}") };
    assert_eq!((problem.title.contains("has not pulsed"), &problem.incident), (true, &over.incident));
    assert_eq!(second.earlier(problem), []);
}

#[test]
fn of_two_servers_that_see_a_death_only_the_faster_one_tells_it() {
    let mut first = Shard::default();
    take(&mut first, "s", pulse(10.0), at(0));
    let stored = save(&mut first, 1);
    let mut second = Shard::default();
    second.reload(Some(1), stored, at(0));
    for shard in [&mut first, &mut second] {
        assert_eq!(shard.miss(at(10).monotonic, at(10)), 1);
    }
    let stored = save(&mut first, 2);
    // The other one finds another version than it expected.
    second.begin_saving("k").expect("written");
    second.reload(Some(2), stored, at(10));
    save(&mut second, 3);
    assert_eq!(
        (first.unpublished(at(11).wall, false).len(), second.unpublished(at(11).wall, false).len()),
        (1, 0)
    );
    assert_eq!(second.unpublished(at(30).wall, false).len(), 1, "should the first be gone");
}

#[test]
fn what_was_published_is_not_published_again_after_a_conflict() {
    let mut shard = Shard::default();
    take(&mut shard, "s", pulse(10.0), at(0));
    shard.miss(at(10).monotonic, at(10));
    let stored = save(&mut shard, 1);
    let id = shard.unpublished(at(10).wall, true)[0].id.clone();
    shard.end_publishing(&id);
    shard.reload(Some(2), stored, at(11));
    assert!(shard.unpublished(at(30).wall, true).is_empty());
}

#[test]
fn pulses_that_are_not_stored_take_the_room_of_one() {
    let mut shard = Shard::default();
    for second in 0..1_000 {
        take(&mut shard, "s", pulse(10.0), at(second));
    }
    assert_eq!(shard.unsaved.values().map(Vec::len).sum::<usize>(), 1);
}

#[test]
fn other_servers_are_told_what_is_new_and_not_every_pulse() {
    let mut shard = Shard::default();
    let has_news = |shard: &mut Shard, version| {
        let Saving { through, has_news, .. } = shard.begin_saving("k").expect("written");
        shard.end_saving(version, through);
        has_news
    };
    take(&mut shard, "s", pulse(10.0), at(0));
    assert!(has_news(&mut shard, 1));
    take(&mut shard, "s", pulse(10.0), at(1));
    assert!(!has_news(&mut shard, 2));
    take(&mut shard, "s", Step::Change(Change::Cancel), at(2));
    assert!(has_news(&mut shard, 3));
    take(&mut shard, "s", Step::Forget, at(3));
    assert!(
        has_news(&mut shard, 4)
            && shard.get(&Key::new("s", "")).is_none()
            && shard.pinged("ping-s").is_none()
    );
}
