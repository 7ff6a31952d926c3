//! Clocks that disagree: how far each host's clock is from the server's, and how well that is known.
//!
//! A packet tells when it was sent, by its sender's clock, and the server notes when it came. The difference is the
//! clock's offset plus the time on the way, so each reading bounds the offset from above, and the least one is the
//! best. What messages in one direction can't tell is the smallest time on the way: it stays in the offset, and two
//! hosts are set right against each other up to the difference of theirs.
//!
//! Clocks drift, so it is the lower envelope of the readings that counts, not the least of all: after V. Paxson, "On
//! calibrating measurements of packet transit times", SIGMETRICS 1998. Here the envelope is that of lines as steep as
//! clocks drift at most, `MOST_DRIFT`; between the readings that are on it, the offset changes evenly. Clocks also
//! jump. A session tells its age by another clock, so its readings before and after a jump are kept apart
//! ([`ClockReading::epoch`]), and become different tracks.

mod readings;
mod track;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(super) use self::readings::Readings;
use self::track::{Segment, Track};

/// Clocks that are nearer to the server's than this are left alone, in nanoseconds.
pub const THRESHOLD: i64 = 5_000_000;
/// One part in so many is how fast a clock drifts at most: 500 ppm, the limit of NTP (RFC 5905, section 11.3).
const MOST_DRIFT: i64 = 2_000;
/// Nanoseconds that a mark may be older than the packet that brings it, and still be of that packet's track.
const REACH: i64 = 1_000_000_000;
/// Tracks of a host at most. Of more, those with the fewest readings are left out.
const TRACKS: usize = 16;

/// When one packet was sent and when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// The host whose clock it is, as the marks in the packet name it; empty: they name none.
    pub host: String,
    /// The session that the packet is of.
    pub session: u64,
    /// What the sender's clock showed when the session began, by its age, in nanoseconds since the epoch; the same as
    /// long as that clock does not jump. 0: the session does not tell its age.
    pub epoch: i64,
    /// When the packet was sent, by the sender's clock, in nanoseconds since the epoch.
    pub sent: i64,
    /// When it came, by the server's clock, likewise.
    pub received: i64,
}

/// Which times are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// As if all clocks were the server's, where it is known how far they are from it.
    #[default]
    Corrected,
    /// As they were sent.
    Raw,
}

/// What is known of one host's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSkew {
    /// The host; empty: all that name none.
    pub host: Arc<str>,
    /// What has to be added to its times, in nanoseconds: by the latest readings.
    pub offset: i64,
    /// How far that may be off, in nanoseconds, but for the smallest time on the way.
    pub uncertainty: i64,
    /// Whether times are corrected by it.
    pub is_applied: bool,
}

/// The clocks of all hosts of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    clocks: Arc<BTreeMap<Arc<str>, HostClock>>,
    is_applied: bool,
    /// Grows whenever times are corrected otherwise than before.
    version: u64,
    hosts: Vec<HostSkew>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HostClock(Vec<Track>);

/// What tracks say of a time: those that it is nearest to.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The least of their offsets, and whether that track is applied.
    offset: i64,
    is_applied: bool,
    /// How far their offsets are apart.
    spread: i64,
}

impl Skew {
    fn of(hosts: BTreeMap<Arc<str>, Vec<Segment>>) -> Self {
        let clocks: BTreeMap<_, _> =
            hosts.into_iter().map(|(host, segments)| (host, HostClock::of(segments))).collect();
        let is_applied = clocks.values().any(HostClock::is_applied);
        let hosts = clocks.iter().filter_map(|(host, clock)| clock.skew(host)).collect();
        Skew { clocks: Arc::new(clocks), is_applied, version: 0, hosts }
    }

    /// What is known of the clocks now, correcting as `before` while a reader would hardly see the difference, so that
    /// times do not move all the while.
    fn following(self, before: &Skew) -> Self {
        if self.is_like(before) {
            return Skew { clocks: before.clocks.clone(), version: before.version, ..self };
        }
        Skew { version: before.version + 1, ..self }
    }

    /// Whether both correct all times alike; of what was known of one timeline, one after the other.
    #[must_use]
    pub(crate) fn corrects_as(&self, other: &Skew) -> bool {
        self.version == other.version
    }

    /// Whether any time is corrected.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        self.is_applied
    }

    /// A time of `host`'s clock by the server's, both in nanoseconds since the epoch; the same one where that is not
    /// known well enough, or both agree.
    #[must_use]
    pub fn correct(&self, host: &str, time: i64) -> i64 {
        self.clock(host).map_or(time, |clock| clock.correct(time))
    }

    /// The clock of a host, if its times are corrected: who corrects many of them looks it up once.
    pub(super) fn clock(&self, host: &str) -> Option<&HostClock> {
        self.clocks.get(host).filter(|_| self.is_applied)
    }

    /// What is known of each host's clock, by the names of hosts.
    #[must_use]
    pub fn hosts(&self) -> &[HostSkew] {
        &self.hosts
    }

    /// Whether this changes the order of a host's times: then the earliest one need not be the earliest any more.
    pub(super) fn has_jumps(&self) -> bool {
        self.clocks.values().any(|clock| clock.is_applied() && clock.0.len() > 1)
    }

    /// Whether a reader would hardly see the difference to `other`.
    fn is_like(&self, other: &Skew) -> bool {
        let alike = |(one, other): (&HostClock, &HostClock)| one.is_like(other);
        self.is_applied == other.is_applied
            && (!self.is_applied
                || (self.clocks.keys().eq(other.clocks.keys())
                    && self.clocks.values().zip(other.clocks.values()).all(alike)))
    }
}

impl HostClock {
    fn of(segments: Vec<Segment>) -> Self {
        let mut tracks = track::tracks(segments);
        tracks.sort_by_key(|track| std::cmp::Reverse(track.readings()));
        tracks.truncate(TRACKS);
        tracks.sort_by_key(Track::received_last);
        HostClock(tracks)
    }

    fn is_applied(&self) -> bool {
        self.0.iter().any(Track::is_applied)
    }

    /// Where a clock showed the same time twice, because it was set back, nobody knows which of both is meant: the
    /// offsets differ by more than the offset itself then, and the time is left alone.
    pub(super) fn correct(&self, time: i64) -> i64 {
        let Told { offset, is_applied, spread } = self.told_of(time);
        if is_applied && offset.saturating_abs() > spread { time.saturating_add(offset) } else { time }
    }

    /// What the tracks that a time may be of say of it. Asked for each time of a timeline, so in one pass.
    fn told_of(&self, time: i64) -> Told {
        let (mut nearest, mut greatest, mut told) = (i64::MAX, 0, Told::default());
        for track in &self.0 {
            let distance = track.distance(time).saturating_sub(REACH).max(0);
            if distance > nearest {
                continue;
            }
            let offset = track.offset_at(time);
            if distance < nearest || offset < told.offset {
                (told.offset, told.is_applied) = (offset, track.is_applied());
            }
            greatest = if distance < nearest { offset } else { offset.max(greatest) };
            nearest = distance;
        }
        Told { spread: greatest.saturating_sub(told.offset), ..told }
    }

    fn skew(&self, host: &Arc<str>) -> Option<HostSkew> {
        let latest = self.0.last()?;
        let spread = self.told_of(latest.last()).spread;
        Some(HostSkew {
            host: host.clone(),
            offset: latest.offset_at(latest.last()),
            uncertainty: latest.uncertainty().saturating_add(spread),
            is_applied: self.is_applied(),
        })
    }

    fn is_like(&self, other: &HostClock) -> bool {
        let times = || self.0.iter().flat_map(|track| [track.first(), track.last()]);
        let near = |time: i64| self.correct(time).abs_diff(other.correct(time)) <= THRESHOLD.unsigned_abs();
        self.0.len() == other.0.len() && times().all(near)
    }
}

/// How far a clock may drift in so many nanoseconds.
fn drift(distance: i64) -> i64 {
    distance / MOST_DRIFT
}

#[cfg(test)]
mod tests;
