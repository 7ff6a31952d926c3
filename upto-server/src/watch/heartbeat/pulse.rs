//! What a service says when it pulses, checked.

use std::time::Duration;

use thiserror::Error;

use super::AlertTarget;

/// Bytes of a service's name at most.
pub(crate) const SERVICE_BYTES: usize = 256;
/// Bytes of a run's id at most.
pub(crate) const RUN_BYTES: usize = 128;
/// Bytes of what a service says of itself at most, and of an alert's target.
pub(crate) const TEXT_BYTES: usize = 1_024;
/// Seconds until the next pulse at most: some 31 years.
const LONGEST: f64 = 1e9;

/// Why a pulse is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    #[error("no service is given")]
    NoService,
    #[error("the name of a service has at most {SERVICE_BYTES} bytes")]
    LongService,
    #[error("a run has at most {RUN_BYTES} bytes")]
    LongRun,
    #[error("no next is given: within how many seconds the service pulses again")]
    NoNext,
    #[error("next is seconds, over 0 and up to 1000000000")]
    Next,
    #[error("grace is seconds, from 0 up to 1000000000")]
    Grace,
    #[error("a text, and an alert's target, has at most {TEXT_BYTES} bytes")]
    LongText,
    #[error("an alert has a type and a target, or neither")]
    HalfTarget,
}

/// What a service says when it pulses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pulse {
    /// Nanoseconds until the next one.
    pub(crate) next: i64,
    /// Nanoseconds of grace after that.
    pub(crate) grace: i64,
    /// `None`: whoever the server's rules say.
    pub(crate) alert: Option<AlertTarget>,
    pub(crate) text: String,
}

impl Pulse {
    /// Checks how long a pulse holds, in seconds.
    ///
    /// # Errors
    /// What is wrong first.
    pub(crate) fn new(next: f64, grace: Option<f64>) -> Result<Self, Fault> {
        let next = seconds(next).filter(|next| *next > 0).ok_or(Fault::Next)?;
        let grace = seconds(grace.unwrap_or(0.0)).ok_or(Fault::Grace)?;
        Ok(Pulse { next, grace, ..Pulse::default() })
    }

    /// Adds who is told, if both are given, and what the service says of itself.
    ///
    /// # Errors
    /// What is wrong first.
    pub(crate) fn saying(self, kind: &str, address: &str, text: &str) -> Result<Self, Fault> {
        if [kind, address, text].iter().any(|text| text.len() > TEXT_BYTES) {
            return Err(Fault::LongText);
        }
        let alert = match (kind.is_empty(), address.is_empty()) {
            (true, true) => None,
            (false, false) => Some(AlertTarget { kind: kind.to_owned(), address: address.to_owned() }),
            _ => return Err(Fault::HalfTarget),
        };
        Ok(Pulse { alert, text: text.to_owned(), ..self })
    }
}

/// Seconds as nanoseconds, if they are from 0 up to [`LONGEST`].
pub(crate) fn seconds(seconds: f64) -> Option<i64> {
    let is_good = (0.0..=LONGEST).contains(&seconds);
    let duration = is_good.then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()?;
    i64::try_from(duration.as_nanos()).ok()
}

/// Checks the names that a heartbeat goes by.
///
/// # Errors
/// What is wrong first.
pub(crate) fn check_names(service: &str, run: &str) -> Result<(), Fault> {
    match (service.len(), run.len()) {
        (0, _) => Err(Fault::NoService),
        (length, _) if length > SERVICE_BYTES => Err(Fault::LongService),
        (_, length) if length > RUN_BYTES => Err(Fault::LongRun),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_refused() {
        for next in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e12, 1e-12] {
            assert_eq!(Pulse::new(next, None), Err(Fault::Next), "{next}");
        }
        for grace in [-1.0, f64::NAN, 1e12] {
            assert_eq!(Pulse::new(1.0, Some(grace)), Err(Fault::Grace), "{grace}");
        }
        let pulse = Pulse::new(0.5, Some(2.0)).expect("good");
        assert_eq!((pulse.next, pulse.grace), (500_000_000, 2_000_000_000));
    }

    #[test]
    fn a_target_is_whole_or_not_there() {
        let pulse = || Pulse::new(1.0, None).expect("good");
        assert_eq!(pulse().saying("mail", "", ""), Err(Fault::HalfTarget));
        assert_eq!(pulse().saying("", "", &"x".repeat(TEXT_BYTES + 1)), Err(Fault::LongText));
        let told = pulse().saying("mail", "me@example.org", "fine").expect("good");
        assert_eq!(told.alert.expect("a target").address, "me@example.org");
    }

    #[test]
    fn names_have_limits() {
        assert_eq!(check_names("", ""), Err(Fault::NoService));
        assert_eq!(check_names(&"s".repeat(SERVICE_BYTES + 1), ""), Err(Fault::LongService));
        assert_eq!(check_names("s", &"r".repeat(RUN_BYTES + 1)), Err(Fault::LongRun));
        assert_eq!(check_names("a/b ☃", "1"), Ok(()));
    }
}
