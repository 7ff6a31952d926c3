//! Sessions, packet by packet.

use super::*;

/// Of ten messages, with its number in the session.
fn packet(sequence: u64) -> SessionInfo {
    SessionInfo {
        session: 1,
        sequence,
        age: Some(Duration::ZERO),
        messages_before: Some(sequence.saturating_mul(10)),
        ..SessionInfo::default()
    }
}

fn session() -> Session {
    Session::begin(&packet(0), 1, Duration::from_secs(1))
}

fn take(session: &mut Session, sequence: u64) {
    session.take(&packet(sequence), 10, &[]);
}

/// Packets and messages that were lost.
fn lost(session: &Session) -> (u64, u64) {
    let (sent, received) = (session.expected(), session.received());
    (sent.packets - received.packets, sent.messages - received.messages)
}

#[test]
fn gaps_are_lost_until_they_are_filled() {
    let mut session = session();
    let losses = [0, 3, 3, 1, 1, 4].map(|sequence| {
        take(&mut session, sequence);
        lost(&session)
    });
    assert_eq!(losses, [(0, 0), (2, 20), (2, 20), (1, 10), (1, 10), (1, 10)]);
    assert_eq!((session.received.late, session.received.duplicate), (1, 2));
}

#[test]
fn packets_of_any_size_are_counted_by_what_they_say() {
    let mut session = session();
    for (sequence, before, messages) in [(0, 0, 3), (4, 500, 60), (2, 103, 0)] {
        session.take(&SessionInfo { messages_before: Some(before), ..packet(sequence) }, messages, &[]);
    }
    assert_eq!(lost(&session), (2, 560 - 63));
}

#[test]
fn the_closing_packet_tells_how_many_there_were() {
    let mut session = session();
    session.take(&SessionInfo { packets: Some(8), dropped: 5, ..packet(7) }, 0, &[]);
    assert_eq!((lost(&session), session.expected().dropped), ((7, 70), 5));
    session.take(&SessionInfo { packets: Some(20), ..packet(6) }, 10, &[]);
    assert_eq!(lost(&session).0, 18);
    take(&mut session, 12);
    assert_eq!(lost(&session).0, 17, "it was announced, and may come");
}

#[test]
fn what_a_sender_does_not_say_is_in_doubt() {
    let mut session = session();
    for sequence in [0, 2, 5] {
        session.take(&SessionInfo { messages_before: None, ..packet(sequence) }, 10, &[]);
    }
    assert_eq!((lost(&session), session.doubt.messages), ((3, 0), true));
}

#[test]
fn the_first_packets_of_a_young_session_are_missed_and_those_of_an_old_one_are_not() {
    let known = Duration::from_secs(60);
    let first = |age| {
        let session = Session::begin(&SessionInfo { age, dropped: 4, ..packet(9) }, 1, known);
        (session.began, session.doubt.beginning)
    };
    let here = Sent { packets: 9, messages: 90, dropped: 4 };
    assert_eq!(first(Some(Duration::from_secs(5))), (Sent::default(), false));
    assert_eq!(first(Some(Duration::from_secs(90))), (here, true));
    assert_eq!(first(None), (here, true));
}

#[test]
fn a_late_packet_brings_the_beginning_of_an_old_session_forward() {
    let old = |sequence| SessionInfo { age: None, ..packet(sequence) };
    let mut session = Session::begin(&old(9), 1, Duration::ZERO);
    session.take(&old(9), 10, &[]);
    assert_eq!(lost(&session), (0, 0));
    session.take(&old(6), 10, &[]);
    assert_eq!((session.began.packets, lost(&session)), (6, (2, 20)));
}

#[test]
fn a_packet_too_late_to_tell_is_taken_for_one_that_was_missing() {
    let mut session = session();
    take(&mut session, 5_000);
    take(&mut session, 1);
    assert_eq!((lost(&session).0, session.doubt.order), (4_999, true));
}

#[test]
fn numbers_that_no_session_reaches_harm_nobody() {
    let mut session = session();
    let far = SessionInfo {
        messages_before: Some(u64::MAX),
        dropped: u64::MAX,
        packets: Some(u64::MAX),
        ..packet(u64::MAX)
    };
    session.take(&far, u64::MAX, &[]);
    session.take(&far, u64::MAX, &[]);
    take(&mut session, u64::MAX - 1);
    assert_eq!(session.expected().packets, u64::MAX);
}
