use super::*;

const SECOND: i64 = 1_000_000_000;

fn pulse(next: f64, grace: f64) -> Option<Pulse> {
    Some(Pulse::new(next, Some(grace)).expect("a pulse"))
}

fn heartbeat() -> Heartbeat {
    Heartbeat::new(&Key::new("backup", ""), "id".into(), 0)
}

/// One that pulsed at 0, with 10 s and 5 s of grace.
fn pulsing() -> Heartbeat {
    let mut heartbeat = heartbeat();
    assert_eq!(heartbeat.apply(&Change::Pulse(pulse(10.0, 5.0)), 0), None);
    heartbeat
}

fn missed(heartbeat: &mut Heartbeat, at: i64) -> Option<News> {
    let deadline = heartbeat.deadline().expect("it is waited for");
    heartbeat.apply(&Change::Miss { deadline }, at)
}

#[test]
fn a_heartbeat_is_new_then_up_then_late_then_dead() {
    let heartbeat_before = heartbeat();
    assert_eq!((heartbeat_before.state(5), heartbeat_before.deadline()), (State::New, None));
    let mut heartbeat = pulsing();
    assert_eq!(heartbeat.state(10 * SECOND), State::Up);
    assert_eq!(heartbeat.state(10 * SECOND + 1), State::Late);
    assert_eq!(heartbeat.deadline(), Some(15 * SECOND));
    assert_eq!(missed(&mut heartbeat, 15 * SECOND), Some(News::Died { last: Some(0) }));
    assert_eq!((heartbeat.state(16 * SECOND), heartbeat.since), (State::Dead, 15 * SECOND));
    assert_eq!((heartbeat.deadline(), heartbeat.deaths), (None, 1));
}

#[test]
fn a_pulse_after_death_is_a_recovery_and_told_once() {
    let mut heartbeat = pulsing();
    missed(&mut heartbeat, 15 * SECOND);
    assert_eq!(heartbeat.apply(&Change::Pulse(None), 20 * SECOND), Some(News::Recovered));
    assert_eq!(heartbeat.apply(&Change::Pulse(None), 20 * SECOND), None);
    assert_eq!(heartbeat.expected, Some(30 * SECOND));
    assert_eq!(heartbeat.outages, [Outage { from: 15 * SECOND, to: Some(20 * SECOND) }]);
    assert_eq!(heartbeat.uptime(0, 20 * SECOND), Some(0.75));
}

#[test]
fn who_pulsed_meanwhile_does_not_die_of_an_older_deadline() {
    let mut heartbeat = pulsing();
    let deadline = heartbeat.deadline().expect("a deadline");
    heartbeat.apply(&Change::Pulse(None), 14 * SECOND);
    assert_eq!(heartbeat.apply(&Change::Miss { deadline }, 15 * SECOND), None);
    assert_eq!(heartbeat.apply(&Change::Rearm { deadline }, 15 * SECOND), None);
    assert_eq!(heartbeat.deadline(), Some(29 * SECOND));
}

#[test]
fn a_pulse_that_comes_behind_a_later_one_changes_nothing() {
    let mut heartbeat = pulsing();
    heartbeat.apply(&Change::Pulse(None), 9 * SECOND);
    let before = heartbeat.clone();
    assert_eq!(heartbeat.apply(&Change::Pulse(pulse(1.0, 0.0)), 8 * SECOND), None);
    assert_eq!(heartbeat.apply(&Change::Fail("late".into()), 8 * SECOND), None);
    assert_eq!(heartbeat, before);
}

#[test]
fn who_is_cancelled_or_paused_is_not_waited_for() {
    for (change, state) in [(Change::Cancel, State::Cancelled), (Change::Pause, State::Paused)] {
        let mut heartbeat = pulsing();
        assert_eq!(heartbeat.apply(&change, SECOND), None);
        assert_eq!((heartbeat.state(99 * SECOND), heartbeat.deadline()), (state, None));
        assert_eq!(heartbeat.apply(&Change::Pulse(None), 100 * SECOND), None);
        assert_eq!(heartbeat.state(100 * SECOND), State::Up);
    }
}

#[test]
fn who_is_resumed_gets_the_whole_time_again() {
    let mut heartbeat = pulsing();
    heartbeat.apply(&Change::Pause, SECOND);
    heartbeat.apply(&Change::Resume, 100 * SECOND);
    assert_eq!((heartbeat.state(100 * SECOND), heartbeat.deadline()), (State::Up, Some(115 * SECOND)));
    heartbeat.apply(&Change::Resume, 105 * SECOND);
    assert_eq!(heartbeat.deadline(), Some(115 * SECOND));
}

#[test]
fn who_fails_is_dead_at_once_and_told_once() {
    let mut heartbeat = pulsing();
    assert_eq!(heartbeat.apply(&Change::Fail("exit 3".into()), SECOND), Some(News::Failed));
    assert_eq!(heartbeat.apply(&Change::Fail("exit 4".into()), 2 * SECOND), None);
    assert_eq!((heartbeat.state(SECOND), heartbeat.text.as_str()), (State::Dead, "exit 4"));
    assert_eq!(heartbeat.apply(&Change::Pulse(None), 3 * SECOND), Some(News::Recovered));
}

#[test]
fn a_job_that_has_begun_has_its_grace_time() {
    let mut heartbeat = pulsing();
    heartbeat.apply(&Change::Start(None), 2 * SECOND);
    assert_eq!(heartbeat.deadline(), Some(7 * SECOND));
    let mut other = self::heartbeat();
    other.apply(&Change::Start(pulse(10.0, 0.0)), SECOND);
    assert_eq!((other.state(SECOND), other.deadline()), (State::Up, Some(11 * SECOND)));
}

#[test]
fn a_job_that_begins_again_is_not_recovered_before_it_is_done() {
    let mut heartbeat = pulsing();
    heartbeat.apply(&Change::Fail(String::new()), SECOND);
    assert_eq!(heartbeat.apply(&Change::Start(None), 2 * SECOND), None);
    assert_eq!(heartbeat.state(2 * SECOND), State::Dead);
}

#[test]
fn what_came_due_while_nobody_watched_gets_its_time_once_more() {
    let mut heartbeat = pulsing();
    let deadline = heartbeat.deadline().expect("a deadline");
    assert_eq!(heartbeat.apply(&Change::Rearm { deadline }, 100 * SECOND), Some(News::Rearmed));
    assert_eq!(heartbeat.apply(&Change::Rearm { deadline }, 101 * SECOND), None);
    assert_eq!(heartbeat.deadline(), Some(115 * SECOND));
    assert_eq!(missed(&mut heartbeat, 115 * SECOND), Some(News::Died { last: Some(0) }));
}

#[test]
fn changes_that_are_applied_again_have_no_effect() {
    let deadline = 15 * SECOND;
    let changes = [
        (Change::Pulse(pulse(10.0, 5.0)), 0),
        (Change::Miss { deadline }, deadline),
        (Change::Pulse(None), 20 * SECOND),
        (Change::Fail("no".into()), 21 * SECOND),
    ];
    let mut heartbeat = heartbeat();
    for (change, at) in &changes {
        heartbeat.apply(change, *at);
        let before = heartbeat.clone();
        assert_eq!(heartbeat.apply(change, *at), None, "{change:?}");
        assert_eq!(heartbeat, before, "{change:?}");
    }
}
