use super::*;

const SECOND: i64 = 1_000_000_000;

fn subject(now: i64) -> Subject<'static> {
    Subject { key: "nightly", context: "nightly", timeline: "7", now: now * SECOND }
}

fn late(name: &str, start: i64) -> Late {
    Late {
        name: name.to_owned(),
        host: "web-1".to_owned(),
        id: 3,
        start: start * SECOND,
        open_for: 90 * SECOND,
        limit: 60 * SECOND,
        by_history: true,
    }
}

fn turns(notices: &[Notice]) -> Vec<(Turn, &str)> {
    notices.iter().map(|notice| (notice.turn, notice.title.as_str())).collect()
}

#[test]
fn an_event_that_runs_too_long_is_told_once_and_when_it_is_over() {
    let mut standing = Standing::default();
    assert_eq!(standing.begin(&subject(90), 4), []);
    let told = standing.take_late(&subject(90), &[late("copy", 0)]);
    assert_eq!(turns(&told), [(Turn::Problem, "nightly: copy runs too long")]);
    let expected = "The event copy on web-1 of the timeline 7 runs since 1970-01-01T00:00:00Z, for 90.0 s, and not \
        60.0 s, which 99 of 100 earlier timelines stayed within";
    assert_eq!(told[0].text, expected);
    assert_eq!(told[0].id, format!("{}/problem", told[0].incident));
    assert_eq!(standing.take_late(&subject(95), &[late("copy", 0)]), []);
    let over = standing.take_late(&subject(99), &[]);
    assert_eq!(turns(&over), [(Turn::Resolved, "nightly: copy no longer runs too long")]);
    assert_eq!(over[0].incident, told[0].incident);
    assert!(!standing.has_late());
}

#[test]
fn a_newer_timeline_ends_the_wait() {
    let mut standing = Standing::default();
    standing.begin(&subject(0), 4);
    let told = standing.take_late(&subject(90), &[late("copy", 0)]);
    let over = standing.begin(&subject(100), 5);
    assert_eq!(over.len(), 1);
    assert_eq!(over[0].incident, told[0].incident);
    assert!(over[0].text.ends_with("a newer timeline has begun"), "{}", over[0].text);
    assert_eq!(standing.begin(&subject(101), 5), []);
}

#[test]
fn so_many_events_are_told_and_no_more() {
    let mut standing = Standing::default();
    standing.begin(&subject(0), 4);
    let all: Vec<Late> = (0..30).map(|start| late("copy", start)).collect();
    assert_eq!(standing.take_late(&subject(90), &all[..LATE]).len(), LATE);
    // Those that come after the worst ones are not known; nobody says that the others are over.
    assert_eq!(standing.take_late(&subject(91), &all[10..]), []);
    let over = standing.take_late(&subject(92), &all[15..20]);
    assert_eq!(over.len(), 15);
    assert_eq!(standing.take_late(&subject(93), &all[15..25]).len(), 5);
}

#[test]
fn incidents_of_any_names_are_short_and_plain() {
    let mut standing = Standing::default();
    standing.begin(&subject(0), 4);
    let name = "\n\u{fc}".repeat(8_000);
    let told = standing.take_late(&subject(90), &[late(&name, 0), late(&name, 1)]);
    assert_ne!(told[0].incident, told[1].incident);
    assert!(told.iter().all(|notice| notice.id.is_ascii() && notice.id.len() < 60), "{}", told[0].id);
    assert!(told[0].text.len() < 1_000);
}

fn runs(seconds: &[f64]) -> Vec<(u64, Arc<Digest>)> {
    #[expect(clippy::cast_possible_truncation)]
    let digest = |seconds: f64| Digest {
        duration: (seconds * 1e9) as i64,
        outcome: Outcome::Done,
        ..Digest::default()
    };
    (0..).zip(seconds).map(|(number, seconds)| (number, Arc::new(digest(*seconds)))).collect()
}

#[test]
fn timelines_that_take_longer_are_told_until_they_no_longer_do() {
    let mut standing = Standing::default();
    let mut durations = vec![9.5, 10.3, 9.7, 10.0, 10.4, 9.9, 10.1, 9.6, 10.2, 9.8];
    let mut told = Vec::new();
    for last in [10.0, 13.0, 13.0, 13.5, 10.0, 10.0, 9.8, 10.1, 10.0] {
        durations.push(last);
        let runs = runs(&durations);
        let ended = u64::try_from(runs.len()).expect("few");
        assert!(!standing.is_judged(ended));
        let notice = standing.take_ended(&subject(0), ended, &runs, u64::to_string);
        assert!(standing.is_judged(ended) && standing.is_judged(ended - 1));
        told.extend(notice.map(|notice| (ended, notice.turn, notice.id, notice.text)));
    }
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].0, told[0].1), (13, Turn::Problem));
    assert_eq!(told[0].3, "The timeline 12 took 13.0 s; the median of the 12 before it is 10.0 s");
    let incident = told[0].2.strip_suffix("/problem").expect("a problem");
    assert_eq!((told[1].1, told[1].2.as_str()), (Turn::Resolved, format!("{incident}/resolved").as_str()));
}

#[test]
fn what_runs_is_not_judged_and_what_failed_is_compared_with_what_failed() {
    let mut runs = runs(&[10.0; 12]);
    let end = |runs: &mut Vec<(u64, Arc<Digest>)>, outcome, seconds: i64| {
        runs.push((99, Arc::new(Digest { duration: seconds * SECOND, outcome, ..Digest::default() })));
    };
    end(&mut runs, Outcome::Failed, 100);
    end(&mut runs, Outcome::Failed, 100);
    let mut standing = Standing::default();
    assert_eq!(standing.take_ended(&subject(0), 1, &runs, u64::to_string), None);
    end(&mut runs, Outcome::Running, 100);
    assert_eq!(standing.take_ended(&subject(0), 2, &runs, u64::to_string), None);
    assert_eq!(standing.take_ended(&subject(0), 3, &[], u64::to_string), None);
}
