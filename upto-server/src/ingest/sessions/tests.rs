//! Sessions over runs of the server: what is told of a timeline is what was lost.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Wanted};
use crate::clock::SystemClock;
use crate::store::{self, StoreUrl};
use crate::timeline::{Fold, Loss};

/// Of ten messages, with its number in the session.
fn packet(session: u64, sequence: u64) -> SessionInfo {
    SessionInfo {
        session,
        sequence,
        age: Some(Duration::ZERO),
        messages_before: Some(10 * sequence),
        ..SessionInfo::default()
    }
}

fn timelines<const N: usize>() -> [Arc<Timeline>; N] {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let store = store::open(&StoreUrl::Memory, Arc::new(SystemClock)).await.expect("a store");
        let catalog = Catalog::open(store, 1 << 20).await.expect("a catalog");
        let context = catalog.context_or_new("c");
        context.warm(catalog.store().as_ref()).await.expect("an empty context");
        let mut timelines = Vec::new();
        for name in (0..N).map(|number| number.to_string()) {
            let opened = catalog.open_timeline(&context, Wanted::Named(&name), 0).await.expect("a timeline");
            timelines.push(context.admit(&opened.timeline));
        }
        std::array::from_fn(|number| timelines[number].clone())
    })
}

/// What a timeline is told.
#[derive(Default)]
struct Told(Fold);

impl Told {
    fn take(&mut self, timeline: &Arc<Timeline>, observed: &Observed) {
        for (_, count) in observed.counts.iter().filter(|(other, _)| Arc::ptr_eq(other, timeline)) {
            self.0.apply_session(*count);
        }
    }

    fn loss(&self) -> Loss {
        self.0.summary().loss
    }
}

fn loss(packets: u64, messages: u64) -> Loss {
    Loss { packets, messages, ..Loss::default() }
}

#[test]
fn what_a_packet_changes_is_told() {
    let mut sessions = Sessions::new(1, Instant::now());
    let changes = [2, 0, 0].map(|sequence| {
        let Observed { expected, received, .. } = sessions.observe(&packet(1, sequence), 10, &[]);
        ((expected.packets, expected.messages), (received.packets, received.messages, received.duplicate))
    });
    assert_eq!(changes, [((3, 30), (1, 10, 0)), ((0, 0), (1, 10, 0)), ((0, 0), (0, 0, 1))]);
}

#[test]
fn of_too_many_sessions_the_silent_half_is_forgotten() {
    let mut sessions = Sessions::new(1, Instant::now());
    for session in 0..SESSIONS as u64 + 1 {
        sessions.observe(&packet(session, 0), 1, &[]);
    }
    assert!(sessions.sessions.len() <= SESSIONS / 2 + 1);
    assert!(sessions.sessions.contains_key(&(SESSIONS as u64)));
    let old = SessionInfo { age: Some(Duration::from_secs(3_600)), ..packet(0, 9) };
    assert_eq!(sessions.observe(&old, 1, &[]).expected.packets, 1, "it is not taken for a new one");
    assert_eq!(sessions.run, 2);
}

#[test]
fn a_late_packet_of_another_timeline_hides_no_loss() {
    let [one, other] = timelines();
    let (mut sessions, mut told) = (Sessions::new(1, Instant::now()), Told::default());
    let arrivals = [(0, &one), (2, &one), (3, &other), (1, &one), (5, &other)];
    for (sequence, timeline) in arrivals {
        told.take(&other, &sessions.observe(&packet(1, sequence), 10, std::slice::from_ref(timeline)));
    }
    assert_eq!(told.loss(), loss(1, 10));
    assert_eq!(told.0.summary().received.messages, 20);
}

#[test]
fn a_packet_older_than_the_first_one_of_its_timeline_is_in_doubt() {
    let [one, other] = timelines();
    let (mut sessions, mut told) = (Sessions::new(1, Instant::now()), Told::default());
    for (sequence, timeline) in [(0, &one), (2, &one), (3, &other), (1, &other)] {
        told.take(&other, &sessions.observe(&packet(1, sequence), 10, std::slice::from_ref(timeline)));
    }
    assert_eq!(told.loss(), Loss { at_least: true, ..loss(0, 0) });
}

#[test]
fn of_more_timelines_than_are_told_each_knows_again_when_it_is_sent_to() {
    let many: [_; 20] = timelines();
    let (mut sessions, mut told) = (Sessions::new(1, Instant::now()), Told::default());
    let missing = [25, 33];
    for sequence in (0..41).filter(|sequence| !missing.contains(sequence)) {
        let timeline = &many[usize::try_from(sequence % 20).expect("small")];
        told.take(&many[0], &sessions.observe(&packet(1, sequence), 10, std::slice::from_ref(timeline)));
    }
    assert_eq!(told.loss(), loss(2, 20));
}

/// What becomes of a packet.
#[derive(Clone, Debug)]
struct Fate {
    messages: u64,
    is_lost: bool,
    /// How often it comes, if it is not lost.
    times: usize,
    /// By how many others it is overtaken.
    delay: usize,
    /// The server is another one from when it comes on.
    restart: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    let restart = prop::bool::weighted(0.05);
    let delay = prop_oneof![9 => Just(0_usize), 1 => 0_usize..4];
    (0_u64..9, prop::bool::weighted(0.3), 1_usize..3, delay, restart).prop_map(
        |(messages, is_lost, times, delay, restart)| Fate { messages, is_lost, times, delay, restart },
    )
}

/// The packets of a session in the order in which they come: each with its messages, and whether the server is another
/// one from then on.
fn arrivals(fates: &[Fate]) -> Vec<(SessionInfo, u64, bool)> {
    let (mut before, mut arrivals) = (0, Vec::new());
    for (sequence, fate) in fates.iter().enumerate() {
        let info = SessionInfo { messages_before: Some(before), ..packet(1, sequence as u64) };
        before += fate.messages;
        let times = if fate.is_lost { 0 } else { fate.times };
        let copies =
            (0..times).map(|copy| (sequence + fate.delay * (copy + 1), info, fate.messages, fate.restart));
        arrivals.extend(copies);
    }
    arrivals.sort_by_key(|(turn, ..)| *turn);
    arrivals.into_iter().map(|(_, info, messages, restart)| (info, messages, restart)).collect()
}

/// What is truly lost, as far as anybody can know: up to the last packet that came.
fn truth(fates: &[Fate]) -> (u64, u64) {
    let known = fates.iter().rposition(|fate| !fate.is_lost).map_or(0, |last| last + 1);
    let lost = || fates[..known].iter().filter(|fate| fate.is_lost);
    (lost().count() as u64, lost().map(|fate| fate.messages).sum())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_is_what_was_lost(fates in prop::collection::vec(fate(), 0..60)) {
        let [timeline] = timelines();
        let (mut sessions, mut told, mut run) = (Sessions::new(0, Instant::now()), Told::default(), 0);
        for (mut info, messages, restart) in arrivals(&fates) {
            if restart {
                run += 1;
                sessions = Sessions::new(run, Instant::now());
            }
            info.age = (run == 0).then_some(Duration::ZERO);
            told.take(&timeline, &sessions.observe(&info, messages, std::slice::from_ref(&timeline)));
        }
        let (Loss { packets, messages, at_least, .. }, truth) = (told.loss(), truth(&fates));
        if at_least {
            prop_assert!(packets <= truth.0 && messages <= truth.1, "{:?} of {:?}", (packets, messages), truth);
        } else {
            prop_assert_eq!((packets, messages), truth);
        }
        if fates.iter().all(|fate| !fate.restart) {
            prop_assert!(!at_least, "nothing is in doubt");
        }
    }
}
