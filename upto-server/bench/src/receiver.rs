//! What is measured, as its sender sees it.

use std::net::SocketAddr;

use crate::failure::Failure;
use crate::process::Process;

/// A process that receives datagrams and counts them.
pub(crate) trait Receiver {
    /// Where.
    fn address(&self) -> SocketAddr;

    /// The process.
    fn process(&self) -> &Process;

    /// What it has counted since it began.
    ///
    /// # Errors
    /// It does not answer.
    fn counts(&mut self) -> Result<Counts, Failure>;
}

/// What a receiver has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Datagrams that it took or refused.
    pub(crate) received: u64,
    /// Those that it refused.
    pub(crate) refused: u64,
    /// Those that the system dropped before it, as far as it knows.
    pub(crate) dropped: u64,
    /// Something that was taken is not where it has to be in the end.
    pub(crate) is_busy: bool,
}

impl Counts {
    /// Datagrams whose content it has.
    pub(crate) fn taken(&self) -> u64 {
        self.received.saturating_sub(self.refused)
    }

    /// Whether it is known of so many datagrams what has become of them.
    pub(crate) fn is_all(&self, sent: u64) -> bool {
        !self.is_busy && self.received + self.dropped >= sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_known_once_each_was_taken_refused_or_dropped() {
        let counts = Counts { received: 7, refused: 2, dropped: 3, is_busy: false };
        assert_eq!(counts.taken(), 5);
        assert!(counts.is_all(10) && !counts.is_all(11));
        assert!(!Counts { is_busy: true, ..counts }.is_all(10));
    }
}
