//! Clocks of which it is known how far they are off: what is made of the readings is near that.

use proptest::prelude::*;

use super::super::{Fold, Mark, MarkKind, Stamp};
use super::*;

const SECOND: i64 = 1_000_000_000;
const MILLISECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// Some day in 2026.
const NOW: i64 = 1_795_229_259 * SECOND;

/// A host that sends packets, and the time that its clock shows.
struct Host<C> {
    name: &'static str,
    session: u64,
    epoch: i64,
    clock: C,
    random: u64,
}

impl<C: Fn(i64) -> i64> Host<C> {
    fn new(name: &'static str, session: u64, clock: C) -> Self {
        Host { name, session, epoch: 1, clock, random: session }
    }

    /// A packet that leaves at the true time `at`, and is on the way for 1 ms and up to 30 ms more.
    fn packet(&mut self, at: i64) -> ClockReading {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let queued = i64::try_from(self.random >> 33).expect("31 bits") % (30 * MILLISECOND);
        self.packet_after(at, MILLISECOND + queued)
    }

    fn packet_after(&self, at: i64, delay: i64) -> ClockReading {
        let (sent, received) = ((self.clock)(at), at + delay);
        ClockReading { host: self.name.to_owned(), session: self.session, epoch: self.epoch, sent, received }
    }
}

fn fold(readings: impl IntoIterator<Item = ClockReading>) -> Fold {
    let mut fold = Fold::default();
    for reading in readings {
        fold.apply_reading(&reading);
    }
    fold
}

/// The farthest that a corrected time is from the true one, over these true times.
fn worst(skew: &Skew, host: &str, clock: impl Fn(i64) -> i64, times: impl Iterator<Item = i64>) -> i64 {
    times.map(|time| (skew.correct(host, clock(time)) - time).abs()).max().expect("times")
}

#[test]
fn a_clock_that_is_off_by_hours_is_set_right() {
    for offset in [3 * HOUR, -3 * HOUR, 250 * MILLISECOND] {
        let clock = |time| time + offset;
        let mut host = Host::new("h", 1, clock);
        let fold = fold((0..600).map(|packet| host.packet(NOW + packet * SECOND / 10)));
        let skew = fold.skew();
        let [known] = skew.hosts() else { panic!("one host") };
        assert!((known.offset + offset).abs() < 10 * MILLISECOND, "{known:?}");
        assert!(known.is_applied && known.uncertainty < 20 * MILLISECOND, "{known:?}");
        let times = (0..60).map(|second| NOW + second * SECOND);
        assert!(worst(&skew, "h", clock, times) < 10 * MILLISECOND);
    }
}

#[test]
fn clocks_that_agree_are_left_alone() {
    let mut host = Host::new("h", 1, |time| time + MILLISECOND);
    let skew = fold((0..600).map(|packet| host.packet(NOW + packet * SECOND / 10))).skew();
    assert!(!skew.is_applied());
    assert_eq!(skew.correct("h", NOW), NOW);
    assert_eq!((skew.hosts().len(), skew.hosts()[0].is_applied), (1, false), "it is known nevertheless");
    assert_eq!(skew.correct("unheard of", NOW), NOW);
}

#[test]
fn one_packet_tells_of_hours_and_not_of_milliseconds() {
    let applied =
        |offset: i64| fold([Host::new("h", 1, |time| time + offset).packet(NOW)]).skew().is_applied();
    assert_eq!((applied(HOUR), applied(-100 * MILLISECOND)), (true, false));
}

#[test]
fn a_clock_that_drifts_by_100_ppm_is_followed() {
    for drift in [10_000, -10_000] {
        let clock = |time: i64| time + 2 * HOUR + (time - NOW) / drift;
        let mut host = Host::new("h", 1, clock);
        let fold = fold((0..3_600).map(|second| host.packet(NOW + second * SECOND)));
        let times = (0..360).map(|step| NOW + step * 10 * SECOND);
        // Without following it, it would be 360 ms at the end.
        let worst = worst(&fold.skew(), "h", clock, times);
        assert!(worst < 20 * MILLISECOND, "{worst}");
    }
}

#[test]
fn a_clock_that_jumps_is_set_right_before_and_after() {
    let jump = NOW + 300 * SECOND;
    for by in [2 * HOUR, -2 * HOUR] {
        let clock = |time: i64| if time < jump { time } else { time + by };
        let mut host = Host::new("h", 1, clock);
        let mut packet = |second| {
            host.epoch = if NOW + second * SECOND < jump { 1 } else { by };
            host.packet(NOW + second * SECOND)
        };
        let skew = fold((0..600).map(&mut packet)).skew();
        let times = (0..590).map(|second| NOW + second * SECOND);
        let worst = worst(&skew, "h", clock, times);
        assert!(worst < 10 * MILLISECOND, "{worst}");
    }
}

#[test]
fn where_a_clock_showed_the_same_time_twice_nothing_is_claimed() {
    let (jump, by) = (NOW + 300 * SECOND, -60 * SECOND);
    let clock = |time: i64| if time < jump { time } else { time + by };
    let mut host = Host::new("h", 1, clock);
    let mut packet = |second| {
        host.epoch = if NOW + second * SECOND < jump { 1 } else { by };
        host.packet(NOW + second * SECOND)
    };
    let skew = fold((0..600).map(&mut packet)).skew();
    let twice = jump - 30 * SECOND;
    assert_eq!(skew.correct("h", twice), twice);
    assert!((skew.correct("h", clock(jump + 200 * SECOND)) - jump - 200 * SECOND).abs() < 10 * MILLISECOND);
}

#[test]
fn packets_that_were_long_on_the_way_do_not_count() {
    let clock = |time| time + HOUR;
    let mut host = Host::new("h", 1, clock);
    let late: Vec<_> = (0..60).map(|second| host.packet_after(NOW + second * SECOND, 5 * SECOND)).collect();
    let fold = fold((0..60).map(|second| host.packet(NOW + second * SECOND)).chain(late));
    assert!(worst(&fold.skew(), "h", clock, (0..60).map(|second| NOW + second * SECOND)) < 10 * MILLISECOND);
}

#[test]
fn many_short_sessions_of_a_host_are_one_clock() {
    let clock = |time| time - HOUR;
    let readings = (0_u8..200).map(|session| {
        let mut host = Host::new("h", session.into(), clock);
        host.epoch = i64::from(session);
        host.packet(NOW + i64::from(session) * SECOND)
    });
    let skew = fold(readings).skew();
    assert_eq!(skew.clocks["h"].0.len(), 1);
    assert!(worst(&skew, "h", clock, (0..200).map(|second| NOW + second * SECOND)) < 10 * MILLISECOND);
}

#[test]
fn two_hosts_without_a_name_that_disagree_are_not_set_right() {
    let (mut here, mut there) = (Host::new("", 1, |time| time), Host::new("", 2, |time| time - HOUR / 2));
    // The one that is behind began half an hour earlier: both clocks showed the same times.
    let readings = (0..60).flat_map(|second| {
        [here.packet(NOW + second * SECOND), there.packet(NOW + HOUR / 2 + second * SECOND)]
    });
    let skew = fold(readings).skew();
    assert_eq!(skew.correct("", NOW + 30 * SECOND), NOW + 30 * SECOND);
    assert!(skew.hosts()[0].uncertainty > HOUR / 3);
}

fn mark(kind: MarkKind, host: &'static str, time: i64) -> Mark<'static> {
    let (started, status, text, attributes) = (None, upto::wire::Status::Ok, "", &[][..]);
    let (name, id, parent, truncated) = ("n", 7, 0, false);
    Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated }
}

fn apply(fold: &mut Fold, mark: &Mark<'_>, stamp: Stamp) {
    fold.with_stamped(mark, stamp, Fold::apply_placed);
}

#[test]
fn events_of_two_hosts_interleave_and_what_has_no_session_is_left_alone() {
    let ahead = |time| time + 3 * HOUR;
    let (mut one, mut other) = (Host::new("one", 1, |time| time), Host::new("other", 2, ahead));
    let mut fold = fold((0..60).flat_map(|second| {
        [one.packet(NOW + second * SECOND), other.packet(NOW + second * SECOND + SECOND / 2)]
    }));
    apply(&mut fold, &mark(MarkKind::Start, "one", NOW + SECOND), Stamp::Session);
    apply(&mut fold, &mark(MarkKind::End, "one", NOW + 9 * SECOND), Stamp::Session);
    apply(&mut fold, &mark(MarkKind::Start, "other", ahead(NOW + 2 * SECOND)), Stamp::Session);
    // By the server's own clock, as of a script that gives no time.
    apply(&mut fold, &mark(MarkKind::End, "other", NOW + 3 * SECOND), Stamp::Unknown);
    fold.settle();
    let [one, other] = &fold.events_in(Times::Corrected)[..] else { panic!("two events") };
    assert_eq!((one.start, one.end), (Some(NOW + SECOND), Some(NOW + 9 * SECOND)));
    assert!((other.duration().expect("ended") - SECOND).abs() < 10 * MILLISECOND, "{other:?}");
    let raw = &fold.events_in(Times::Raw);
    assert_eq!((raw, raw[1].start), (&fold.events(), Some(ahead(NOW + 2 * SECOND))));
    let extent = |times| fold.summary_in(times).extent.map(|(first, last)| (last - first) / SECOND);
    assert_eq!((extent(Times::Corrected), extent(Times::Raw)), (Some(8), Some(3 * 3_600 + 1)));
}

#[test]
fn readings_of_any_numbers_break_nothing() {
    let extremes = [i64::MIN, -1, 0, 1, i64::MAX];
    let readings = extremes.iter().flat_map(|sent| extremes.iter().map(move |received| (*sent, *received)));
    let reading = |((sent, received), session)| ClockReading {
        host: "h".to_owned(),
        session,
        epoch: sent,
        sent,
        received,
    };
    let skew = fold(readings.zip(0..).map(reading)).skew();
    assert!(extremes.iter().all(|time| skew.correct("h", *time) != 5));
    assert_eq!(skew.hosts().len(), 1);
}

/// However long a session lasts and however many packets it sends.
#[test]
fn readings_are_bounded_and_hardly_any_is_news() {
    let mut host = Host::new("h", 1, |time| time + HOUR);
    let mut fold = Fold::default();
    let news =
        (0..200_000).filter(|packet| fold.apply_reading(&host.packet(NOW + packet * SECOND / 2))).count();
    assert!(fold.bytes() < 20_000, "{}", fold.bytes());
    assert!(news < 5_000, "{news}");
}

fn reading() -> impl Strategy<Value = ClockReading> {
    let numbers = (0_u64..2, 0_i64..2, 0_i64..400, -4_i64..4);
    (prop_oneof![Just("h"), Just("i")], numbers).prop_map(|(host, (session, epoch, second, offset))| {
        let received = NOW + second * SECOND;
        let sent = received - offset * SECOND / 8;
        ClockReading { host: host.to_owned(), session, epoch, sent, received }
    })
}

proptest! {
    #[test]
    fn readings_in_any_order_and_repetition_tell_the_same(
        (readings, shuffled) in prop::collection::vec(reading(), 1..400)
            .prop_flat_map(|readings| (Just(readings.clone()), Just(readings).prop_shuffle()))
    ) {
        let twice = shuffled.iter().chain(&readings).cloned();
        prop_assert_eq!(fold(twice).skew(), fold(readings.iter().cloned()).skew());
    }
}
