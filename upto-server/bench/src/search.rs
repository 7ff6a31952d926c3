//! The highest pace without loss.

use crate::failure::Failure;
use crate::feed::{Fed, feed};
use crate::load::Run;
use crate::receiver::Receiver;

/// From the first try to the second; later steps are larger and larger.
const SLOWER: f64 = 0.93;
const TRIES: u32 = 12;

/// Sends as fast as it can, to see what the receiver takes at most; then at that pace, and slower and slower until
/// nothing is lost. Each time, what `start` starts takes what `load` makes.
///
/// If even the first time nothing is lost, the sender is the limit, and the receiver could take more.
///
/// # Errors
/// Something is lost however slow it is, or what was started has ended.
pub(crate) fn highest<R: Receiver>(
    mut start: impl FnMut() -> Result<R, Failure>,
    mut load: impl FnMut() -> Result<Vec<Run>, Failure>,
) -> Result<(R, Fed), Failure> {
    lossless(|pace| {
        let (runs, mut receiver) = (load()?, start()?);
        feed(&mut receiver, runs, pace).map(|fed| (receiver, fed))
    })
}

/// The first try without loss, and what was tried; `fed_at` takes a number of messages a second.
fn lossless<R>(mut fed_at: impl FnMut(f64) -> Result<(R, Fed), Failure>) -> Result<(R, Fed), Failure> {
    let (receiver, flood) = fed_at(f64::INFINITY)?;
    if flood.lost == 0 {
        return Ok((receiver, flood));
    }
    drop(receiver);
    for tried in 0..TRIES {
        let (receiver, fed) = fed_at(flood.messages_per_cpu_second() * slower(tried))?;
        if fed.lost == 0 {
            return Ok((receiver, fed));
        }
    }
    Err(Failure::Missing("a pace at which nothing is lost"))
}

/// The part of the pace that is kept in this try: 1, 0.93, 0.85, … 0.13.
fn slower(tried: u32) -> f64 {
    let tried = f64::from(tried);
    SLOWER.powf(tried * (tried + 7.0) / 8.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paces that were tried with something that takes 1,000 messages a second of CPU time, and loses some above `most`.
    fn tried(most: f64) -> (Vec<f64>, bool) {
        let mut paces = Vec::new();
        let found = lossless(|pace| {
            paces.push(pace);
            let lost = u64::from(pace > most);
            Ok((
                (),
                Fed {
                    messages: 1_001,
                    datagrams: 1_001,
                    lost,
                    seconds: 1.0,
                    cpu_seconds: 1.001 - lost as f64 / 1e3,
                },
            ))
        });
        (paces, found.is_ok())
    }

    #[test]
    fn the_pace_falls_from_what_was_taken_in_a_flood_until_nothing_is_lost() {
        assert_eq!(tried(f64::INFINITY), (vec![f64::INFINITY], true));
        let (paces, found) = tried(900.0);
        assert!(found && paces.len() == 4, "{paces:?}");
        assert!((paces[1] - 1_000.0).abs() < 1e-6 && (840.0..850.0).contains(&paces[3]), "{paces:?}");
        let (paces, found) = tried(1.0);
        assert!(!found && paces.len() == 13, "{paces:?}");
    }
}
