//! How the SDK makes packets of messages: see `docs/overhead.md`.

use super::Nanoseconds;
use crate::parameters::Parameters;

/// Of a packet.
const PACKET_BYTES: u32 = 1_400;
/// What a packet has beside its messages: session, number, names.
pub(super) const HEADER_BYTES: u32 = 60;
/// How long a message may wait so that others share its packet, when there are few.
const QUIET_ROUND: Nanoseconds = 8_000_000;
/// Likewise, when there are many.
const BUSY_ROUND: Nanoseconds = 2_000_000;
/// From how many messages in a round on there are many.
const MANY: f64 = 512.0;

/// The messages of each packet, of those that are sent together.
pub(super) fn packets(messages: u32, parameters: &Parameters) -> impl Iterator<Item = u32> + use<> {
    let most = ((PACKET_BYTES - HEADER_BYTES) / parameters.message_bytes).max(1);
    let full = messages / most;
    let rest = messages % most;
    (0..full).map(move |_| most).chain((rest > 0).then_some(rest))
}

/// How long a host gathers that makes so many messages a second.
pub(super) fn round(messages_per_second: f64) -> Nanoseconds {
    let is_busy = messages_per_second * (QUIET_ROUND as f64 / 1e9) > MANY;
    if is_busy { BUSY_ROUND } else { QUIET_ROUND }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_full_but_for_the_last() {
        let parameters = Parameters::default();
        assert_eq!(packets(100, &parameters).collect::<Vec<_>>(), [44, 44, 12]);
        assert_eq!(packets(44, &parameters).collect::<Vec<_>>(), [44]);
        assert_eq!(packets(0, &parameters).count(), 0);
    }

    #[test]
    fn who_makes_many_sends_more_often() {
        assert_eq!(round(1_000.0), QUIET_ROUND);
        assert_eq!(round(100_000.0), BUSY_ROUND);
    }
}
