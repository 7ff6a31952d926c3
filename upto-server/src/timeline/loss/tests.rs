//! Counts that come in any order, twice, and from several runs.

use proptest::prelude::*;

use super::*;

fn sent(packets: u64, messages: u64, dropped: u64) -> Sent {
    Sent { packets, messages, dropped }
}

fn received(packets: u64, messages: u64) -> Received {
    Received { packets, messages, ..Received::default() }
}

fn loss(packets: u64, messages: u64, dropped: u64) -> Loss {
    Loss { packets, messages, dropped, at_least: false }
}

/// Of a session from its beginning.
fn count(session: u64, server: u64, sent: Sent, received: Received) -> SessionCount {
    SessionCount { session, server, sent, received, ..SessionCount::default() }
}

fn merged<'c>(counts: impl IntoIterator<Item = &'c SessionCount>) -> Sessions {
    let mut sessions = Sessions::default();
    for count in counts {
        sessions.merge(*count);
    }
    sessions
}

#[test]
fn what_runs_received_one_after_the_other_adds_up() {
    let second = SessionCount {
        began: sent(502, 5_020, 1),
        joined: sent(502, 5_020, 1),
        doubt: Doubt { beginning: true, ..Doubt::default() },
        ..count(1, 11, sent(900, 9_000, 3), received(397, 3_970))
    };
    let sessions = merged(&[
        count(1, 10, sent(500, 5_000, 1), received(498, 4_970)),
        second,
        count(2, 11, sent(5, 7, 0), received(5, 7)),
    ]);
    assert_eq!(sessions.loss(), loss(5, 60, 3));
    assert_eq!(sessions.received(), received(900, 8_947));
}

#[test]
fn what_a_session_sent_before_it_came_to_the_timeline_is_not_missing() {
    let joined = SessionCount {
        joined: sent(700, 7_000, 2),
        received_before: received(650, 6_500),
        ..count(1, 1, sent(900, 9_000, 5), received(849, 8_490))
    };
    assert_eq!(merged(&[joined]).loss(), loss(1, 10, 3));
    // The run after it goes on where that one ended, for whatever timeline it heard of the session first.
    let next = SessionCount {
        began: sent(902, 9_020, 5),
        joined: sent(950, 9_500, 5),
        received_before: received(47, 470),
        ..count(1, 2, sent(1_000, 10_000, 5), received(97, 970))
    };
    assert_eq!(merged(&[joined, next]).loss(), loss(4, 40, 3));
}

#[test]
fn a_timeline_that_is_told_again_after_a_while_counts_from_where_it_began() {
    let first = SessionCount {
        joined: sent(2, 20, 0),
        received_before: received(2, 20),
        ..count(1, 1, sent(5, 50, 0), received(4, 40))
    };
    let again = SessionCount {
        joined: sent(30, 300, 0),
        received_before: received(29, 290),
        ..count(1, 1, sent(40, 400, 0), received(39, 390))
    };
    assert_eq!(merged(&[first, again]).loss(), loss(1, 10, 0));
    assert_eq!(merged(&[again, first]), merged(&[first, again, first]));
}

#[test]
fn what_may_be_more_says_so() {
    let whole = count(1, 1, sent(9, 90, 0), received(9, 90));
    let at_least = |counts: &[SessionCount]| merged(counts).loss().at_least;
    assert!(!at_least(&[whole]));
    let late = SessionCount {
        began: sent(4, 40, 0),
        joined: sent(4, 40, 0),
        doubt: Doubt { beginning: true, ..Doubt::default() },
        ..count(1, 2, sent(9, 90, 0), received(5, 50))
    };
    assert!(at_least(&[late]), "what came before may be lost");
    assert!(at_least(&[whole, late]), "two servers at the same time");
    let silent = Doubt { messages: true, ..Doubt::default() };
    assert!(!at_least(&[SessionCount { doubt: silent, ..whole }]));
    assert!(at_least(&[SessionCount { doubt: silent, sent: sent(10, 90, 0), ..whole }]));
    assert!(at_least(&[SessionCount { doubt: Doubt { order: true, ..Doubt::default() }, ..whole }]));
}

#[test]
fn sessions_are_open_until_any_run_knows_that_they_ended() {
    let open = |session, server| count(session, server, sent(3, 30, 0), received(3, 30));
    let ended = |session, server| SessionCount { ended: true, ..open(session, server) };
    let totals = |counts: &[SessionCount]| merged(counts).totals();
    assert_eq!(totals(&[]), SessionTotals::default());
    assert_eq!(totals(&[open(1, 1), open(1, 2), open(2, 1)]), SessionTotals { total: 2, open: 2 });
    let some = [ended(1, 1), open(1, 1), open(1, 2), open(2, 1), ended(3, 3)];
    assert_eq!(totals(&some), SessionTotals { total: 3, open: 1 });
    assert_eq!(totals(&[some[0], ended(2, 2), some[3]]), SessionTotals { total: 2, open: 0 });
}

#[test]
fn a_packet_that_two_servers_received_is_no_negative_loss() {
    let sessions =
        merged(&[count(1, 1, sent(2, 20, 0), received(2, 20)), count(1, 2, sent(2, 20, 0), received(2, 20))]);
    assert_eq!(sessions.loss(), Loss { at_least: true, ..Loss::default() });
}

#[test]
fn numbers_of_strangers_do_not_spoil_the_sum() {
    let far = sent(u64::MAX, u64::MAX, u64::MAX);
    let sessions =
        merged(&[count(1, 1, far, Received::default()), count(2, 1, far, received(u64::MAX, u64::MAX))]);
    assert_eq!(sessions.loss(), loss(MOST, MOST, 2 * MOST));
}

fn any_sent() -> impl Strategy<Value = Sent> {
    (0_u64..9, 0_u64..9, 0_u64..9).prop_map(|(packets, messages, dropped)| sent(packets, messages, dropped))
}

fn any_received() -> impl Strategy<Value = Received> {
    (0_u64..9, 0_u64..9, 0_u64..3, 0_u64..3).prop_map(|(packets, messages, late, duplicate)| Received {
        packets,
        messages,
        late,
        duplicate,
    })
}

/// Counts as no server makes them: merging has to be a union even then.
fn any_count() -> impl Strategy<Value = SessionCount> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let doubt = flags.prop_map(|(beginning, order, messages)| Doubt { beginning, order, messages });
    let key = (0_u64..3, 0_u64..3);
    let sent = (any_sent(), any_sent(), any_sent());
    (key, sent, any_received(), any_received(), doubt, any::<bool>()).prop_map(
        |((session, server), (began, joined, sent), received_before, received, doubt, ended)| SessionCount {
            session,
            server,
            began,
            joined,
            received_before,
            sent,
            received,
            doubt,
            ended,
        },
    )
}

proptest! {
    #[test]
    fn merging_is_a_union(
        (counts, again) in prop::collection::vec(any_count(), 0..9).prop_flat_map(|counts| {
            let twice = [counts.clone(), counts.clone()].concat();
            (Just(counts), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(merged(&counts), merged(&again));
    }
}
