//! When a sender's clock jumps: its time less the age of its session, which another clock tells, stays the same else.

use upto::wire::SessionInfo;

/// By how many nanoseconds both clocks are apart for it to be a jump. What is less may come of a sender that was
/// interrupted between reading the one and the other, or of a clock that is set right slowly.
const JUMP: u64 = 100_000_000;
/// Jumps of one session; a clock that jumps more often tells nothing.
const JUMPS: usize = 32;

/// The epochs of one session's clock.
#[derive(Debug, Default)]
pub(super) struct Epochs {
    present: Option<i64>,
    jumps: usize,
}

impl Epochs {
    /// The epoch of a packet, as in [`ClockReading::epoch`](crate::timeline::ClockReading::epoch), if that packet tells
    /// when it was sent.
    pub(super) fn of(&mut self, info: &SessionInfo) -> Option<i64> {
        let sent = info.sent?;
        let Some(age) = info.age else { return Some(0) };
        let began = sent.saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX));
        match self.present {
            Some(present) if present.abs_diff(began) < JUMP => {}
            Some(_) => {
                self.jumps += 1;
                self.present = Some(began);
            }
            None => self.present = Some(began),
        }
        self.present.filter(|_| self.jumps <= JUMPS)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn info(sent: i64, age: Duration) -> SessionInfo {
        SessionInfo { sent: Some(sent), age: Some(age), ..SessionInfo::default() }
    }

    #[test]
    fn an_epoch_lasts_until_the_clock_jumps() {
        let mut epochs = Epochs::default();
        let mut of = |sent, age| epochs.of(&info(sent, Duration::from_secs(age)));
        assert_eq!([of(100 * SECOND, 0), of(160 * SECOND, 60)], [Some(100 * SECOND); 2]);
        assert_eq!(of(160 * SECOND + 90_000_000, 60), Some(100 * SECOND), "an interruption");
        assert_eq!([of(70 * SECOND, 70), of(80 * SECOND, 80)], [Some(0); 2], "back by 100 s");
    }

    #[test]
    fn who_does_not_tell_its_age_has_one_epoch_and_who_does_not_tell_the_time_none() {
        let mut epochs = Epochs::default();
        let ageless = |sent| SessionInfo { sent, ..SessionInfo::default() };
        assert_eq!(
            [Some(1), Some(i64::MIN), None].map(|sent| epochs.of(&ageless(sent))),
            [Some(0), Some(0), None]
        );
    }

    #[test]
    fn a_clock_that_jumps_all_the_time_tells_nothing() {
        let mut epochs = Epochs::default();
        let told: Vec<_> = (0..100).map(|time| epochs.of(&info(time * SECOND, Duration::ZERO))).collect();
        assert_eq!(told.iter().flatten().count(), JUMPS + 1);
    }
}
