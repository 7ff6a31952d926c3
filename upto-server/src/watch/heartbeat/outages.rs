//! When a heartbeat was dead, and how much of a time it was not.

use serde::{Deserialize, Serialize};

/// So many are remembered: for what is older, the journal has to be read.
const REMEMBERED: usize = 64;

/// A time in which a heartbeat was dead, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outage {
    pub(crate) from: i64,
    /// `None`: it still is.
    pub(crate) to: Option<i64>,
}

/// Notes that an outage begins.
pub(super) fn begin(outages: &mut Vec<Outage>, at: i64) {
    if outages.len() >= REMEMBERED {
        outages.remove(0);
    }
    outages.push(Outage { from: at, to: None });
}

/// Notes that it is over, if there is one.
pub(super) fn end(outages: &mut [Outage], at: i64) {
    if let Some(last) = outages.last_mut().filter(|last| last.to.is_none()) {
        last.to = Some(at.max(last.from));
    }
}

/// Part of the time from `from`, or from `created` if that is later, to `to` that is in no outage.
pub(super) fn uptime(outages: &[Outage], created: i64, from: i64, to: i64) -> Option<f64> {
    let from = from.max(created);
    let whole = to.checked_sub(from).filter(|whole| *whole > 0)?;
    let within = |outage: &Outage| {
        let (begin, end) = (outage.from.max(from), outage.to.unwrap_or(to).min(to));
        end.saturating_sub(begin).max(0)
    };
    let down: i64 = outages.iter().map(within).sum();
    Some((whole - down.min(whole)) as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_what_no_outage_covers() {
        let outages = [Outage { from: 10, to: Some(20) }, Outage { from: 90, to: None }];
        assert_eq!(uptime(&outages, 0, 0, 100), Some(0.8));
        assert_eq!(uptime(&outages, 0, 15, 25), Some(0.5));
        assert_eq!(uptime(&outages, 50, 0, 100), Some(0.8));
        assert_eq!(uptime(&outages, 95, 0, 100), Some(0.0));
        assert_eq!(uptime(&outages, 100, 0, 100), None);
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let mut outages = Vec::new();
        for at in 0..100 {
            begin(&mut outages, at * 10);
            end(&mut outages, at * 10 + 5);
        }
        assert_eq!(outages.len(), REMEMBERED);
        assert_eq!(outages.last(), Some(&Outage { from: 990, to: Some(995) }));
        end(&mut outages, 2_000);
        assert_eq!(outages.last(), Some(&Outage { from: 990, to: Some(995) }));
    }
}
