//! Measuring this host: what it answers when it is asked for a check.

mod meter;
mod rate;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

pub(crate) use self::meter::Meter;
use super::check::{BuiltIn, OwnCheck};
use super::own::OwnChecks;
use crate::clock::Clock;

/// A value with what it is and when it was so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// What it came to.
    pub(crate) value: f64,
    /// What the value is; empty for a plain number.
    pub(crate) unit: String,
    /// When, by the host's clock, in nanoseconds since the epoch.
    pub(crate) time: i64,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmeasured {
    /// This host knows no check of this name.
    Unknown,
    /// It can't be measured now, and why.
    Failed(String),
}

/// Says whether this host takes work at present.
pub(crate) type IsReady = Arc<dyn Fn() -> bool + Send + Sync>;

/// This host.
pub(crate) struct ThisHost {
    meter: Arc<Meter>,
    own: OwnChecks,
    is_ready: IsReady,
    clock: Arc<dyn Clock>,
}

impl ThisHost {
    /// With these checks beside those that every host knows.
    ///
    /// # Errors
    /// Why no requests can be sent.
    pub(crate) fn new(own: &[OwnCheck], is_ready: IsReady, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let meter = Arc::new(Meter::new(clock.as_ref()));
        Ok(ThisHost { meter, own: OwnChecks::new(own)?, is_ready, clock })
    }

    /// Measures now.
    ///
    /// # Errors
    /// Why there is no value.
    pub(crate) async fn measure(&self, check: &str) -> Result<Measured, Unmeasured> {
        let (value, unit) = match BuiltIn::of(check) {
            Some(built_in) => (self.built_in(built_in).await, built_in.unit().to_owned()),
            None => {
                let own = self.own.get(check).ok_or(Unmeasured::Unknown)?;
                (own.measure().await, own.unit().to_owned())
            }
        };
        let value = value.map_err(Unmeasured::Failed)?;
        if !value.is_finite() {
            return Err(Unmeasured::Failed("what came of it is not a finite number".to_owned()));
        }
        Ok(Measured { value, unit, time: self.clock.now() })
    }

    async fn built_in(&self, check: BuiltIn) -> Result<f64, String> {
        match check {
            BuiltIn::Healthy => Ok(1.0),
            BuiltIn::Ready => Ok(f64::from(u8::from((self.is_ready)()))),
            _ => {
                let (meter, clock) = (self.meter.clone(), self.clock.clone());
                let read = spawn_blocking(move || meter.read(check, clock.monotonic()));
                read.await.unwrap_or_else(|error| Err(error.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::check::How;
    use super::*;
    use crate::clock::SystemClock;

    fn host(own: &[OwnCheck]) -> ThisHost {
        ThisHost::new(own, Arc::new(|| false), Arc::new(SystemClock)).expect("a host")
    }

    fn called(name: &str, value: Result<f64, String>) -> OwnCheck {
        let how = How::Call(Arc::new(move || value.clone()));
        OwnCheck { name: name.into(), unit: "jobs".into(), period: Duration::from_secs(1), how }
    }

    #[tokio::test]
    async fn this_host_is_measured_with_units_and_times() {
        let (host, before) = (host(&[]), SystemClock.now());
        for (check, greatest) in [("memory_used", 100.0), ("disk_used", 100.0), ("procs_running", 1e7)] {
            let measured = host.measure(check).await.expect(check);
            assert!(measured.value > 0.0 && measured.value <= greatest, "{check}: {measured:?}");
            assert!(measured.time >= before);
            assert!(!measured.unit.is_empty());
        }
        assert_eq!(host.measure("healthy").await.map(|measured| measured.value), Ok(1.0));
        assert_eq!(host.measure("ready").await.map(|measured| measured.value), Ok(0.0), "it says so");
    }

    #[tokio::test]
    async fn own_checks_are_called_and_unknown_ones_are_told() {
        let host = host(&[called("a", Ok(7.0)), called("b", Err("no".into())), called("c", Ok(f64::NAN))]);
        let measured = host.measure("a").await.expect("a value");
        assert_eq!((measured.value, measured.unit.as_str()), (7.0, "jobs"));
        assert_eq!(host.measure("b").await, Err(Unmeasured::Failed("no".into())));
        assert!(matches!(host.measure("c").await, Err(Unmeasured::Failed(_))));
        assert_eq!(host.measure("d").await, Err(Unmeasured::Unknown));
    }
}
