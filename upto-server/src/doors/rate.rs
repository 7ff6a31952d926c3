//! How often somebody may ask: so many times a second, and as many at once after a quiet second.
//!
//! For each who asked lately there is one moment: when, at the allowed rate, all that was asked would be worked off.
//! (The generic cell rate algorithm, GCRA: a token bucket without a timer.)

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who asks is told apart up to so many; then those who are new share one allowance.
const KEYS: usize = 1 << 16;
/// How much of what is allowed may come at once.
const BURST: Duration = Duration::from_secs(1);

/// Allowances, all alike.
#[derive(Debug)]
pub(crate) struct Rate<K> {
    /// Between two that are allowed for good.
    interval: Duration,
    table: Mutex<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    /// When all that each has asked will be worked off.
    until: HashMap<K, Instant>,
    /// Of those for whom the table has no place.
    others: Option<Instant>,
    cleaned: Option<Instant>,
}

impl<K: Eq + Hash> Rate<K> {
    /// Allows everybody so many in a second, at least one.
    pub(crate) fn per_second(count: u32) -> Self {
        let table = Table { until: HashMap::new(), others: None, cleaned: None };
        Rate { interval: Duration::from_secs(1) / count.max(1), table: Mutex::new(table) }
    }

    /// Counts one more of `key`.
    ///
    /// # Errors
    /// It is one too many: how long to wait.
    pub(crate) fn admit(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let until = table.place_of(key, now);
        let busy_until = (*until).max(now);
        let busy = busy_until.duration_since(now) + self.interval;
        match busy.checked_sub(BURST.max(self.interval)) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *until = busy_until + self.interval;
                Ok(())
            }
        }
    }
}

impl<K: Eq + Hash> Table<K> {
    fn place_of(&mut self, key: K, now: Instant) -> &mut Instant {
        if self.until.len() >= KEYS && !self.until.contains_key(&key) {
            self.clean(now);
            if self.until.len() >= KEYS {
                return self.others.get_or_insert(now);
            }
        }
        self.until.entry(key).or_insert(now)
    }

    /// Forgets who is worked off: they are as good as new. All of them are after a quiet second, so it need not be looked
    /// more often.
    fn clean(&mut self, now: Instant) {
        if self.cleaned.is_none_or(|cleaned| now.duration_since(cleaned) >= BURST) {
            self.until.retain(|_, until| *until > now);
            self.cleaned = Some(now);
        }
    }
}

/// What stands for an address: of IPv6, the network, since whoever has one address there has 2^64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_in_a_second_may_come_at_once_and_no_more() {
        let (rate, start) = (Rate::per_second(10), Instant::now());
        assert_eq!((0..20).filter(|_| rate.admit("a", start).is_ok()).count(), 10);
        assert!(rate.admit("b", start).is_ok(), "others are not concerned");
        let wait = rate.admit("a", start).expect_err("too many");
        assert_eq!(wait, Duration::from_millis(100));
        assert!(rate.admit("a", start + wait).is_ok());
        let later = start + Duration::from_secs(3_600);
        assert_eq!((0..20).filter(|_| rate.admit("a", later).is_ok()).count(), 10);
    }

    #[test]
    fn less_than_what_is_allowed_is_never_refused() {
        let (rate, start) = (Rate::per_second(10), Instant::now());
        for number in 0..1_000 {
            assert!(rate.admit("a", start + number * Duration::from_millis(100)).is_ok(), "{number}");
        }
    }

    #[test]
    fn one_in_a_second_is_allowed_one() {
        let (rate, start) = (Rate::per_second(1), Instant::now());
        assert!(rate.admit("a", start).is_ok());
        assert_eq!(rate.admit("a", start), Err(Duration::from_secs(1)));
        assert!(rate.admit("a", start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn the_table_is_bounded_and_those_without_a_place_share_one() {
        let (rate, start) = (Rate::per_second(2), Instant::now());
        (0..KEYS).for_each(|key| assert!(rate.admit(key, start).is_ok()));
        let admitted = (KEYS..KEYS + 10).filter(|key| rate.admit(*key, start).is_ok()).count();
        assert_eq!(admitted, 2);
        assert!(rate.admit(0, start).is_ok(), "who has a place keeps it");
        let later = start + Duration::from_secs(2);
        (0..KEYS).for_each(|key| assert!(rate.admit(KEYS + key, later).is_ok(), "they are forgotten"));
        assert_eq!(rate.table.lock().expect("nobody panicked").until.len(), KEYS);
    }

    #[test]
    fn a_network_of_ipv6_is_one_and_mapped_addresses_are_ipv4() {
        let network = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
