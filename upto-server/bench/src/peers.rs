//! Other receivers of small datagrams, each run privately.

mod rsyslog;
mod statsd;

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use self::rsyslog::Rsyslog;
pub(crate) use self::statsd::Statsd;
use crate::drain::waiting;
use crate::failure::Failure;
use crate::load::Run;

/// How long a peer may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// So many datagrams with this text.
fn repeated(text: &[u8], datagrams: u64) -> Vec<Run> {
    let mut runs = vec![Run::of(text.len())];
    for _ in 0..datagrams {
        if runs.last().is_none_or(|run| !run.is_open()) {
            runs.push(Run::of(text.len()));
        }
        runs.iter_mut().next_back().into_iter().for_each(|run| run.push(text, 1));
    }
    runs
}

/// Waits until somebody receives at this address.
fn wait_for(address: SocketAddr, peer: &'static str) -> Result<(), Failure> {
    let address = address.to_string();
    wait_until(|| Ok(waiting(&address)?.is_some()), peer)
}

fn wait_until(
    mut is_ready: impl FnMut() -> Result<bool, Failure>,
    peer: &'static str,
) -> Result<(), Failure> {
    let began = Instant::now();
    while !is_ready()? {
        if began.elapsed() > PATIENCE {
            return Err(Failure::peer(peer)("it does not begin to receive"));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_datagrams_are_in_runs_that_the_system_takes() {
        let runs = repeated(b"a:1|c", 1_000);
        assert_eq!(runs.iter().map(Run::count).sum::<u64>(), 1_000);
        assert_eq!(runs.iter().map(|run| run.messages).sum::<u64>(), 1_000);
        assert!(runs.iter().all(|run| run.count() <= 64));
    }
}
