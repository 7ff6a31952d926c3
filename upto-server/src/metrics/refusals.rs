//! What was refused, by input and reason.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::registered;

/// The way that messages came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Input {
    /// A datagram.
    Udp,
    /// A request.
    Http,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    input: &'static str,
    reason: &'static str,
}

/// A counter for each reason that there was.
#[derive(Debug)]
pub(super) struct Refusals {
    family: Family<Labels, Counter>,
    /// The same ones: a family can't be listed.
    counters: RwLock<BTreeMap<(Input, &'static str), Counter>>,
}

impl Refusals {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let family = registered(registry, "refused", "Datagrams and requests refused, by input and reason");
        Refusals { family, counters: RwLock::default() }
    }

    pub(super) fn count(&self, input: Input, reason: &'static str, count: u64) {
        let known =
            self.counters.read().unwrap_or_else(PoisonError::into_inner).get(&(input, reason)).cloned();
        known.unwrap_or_else(|| self.add(input, reason)).inc_by(count);
    }

    /// How many were refused at this input, by reason.
    pub(super) fn of(&self, input: Input) -> BTreeMap<&'static str, u64> {
        let counters = self.counters.read().unwrap_or_else(PoisonError::into_inner);
        let of_input = counters.iter().filter(|((each, _), _)| *each == input);
        of_input.map(|((_, reason), counter)| (*reason, counter.get())).collect()
    }

    fn add(&self, input: Input, reason: &'static str) -> Counter {
        let name = match input {
            Input::Udp => "udp",
            Input::Http => "http",
        };
        let counter = self.family.get_or_create_owned(&Labels { input: name, reason });
        let mut counters = self.counters.write().unwrap_or_else(PoisonError::into_inner);
        counters.entry((input, reason)).or_insert(counter).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_listed() {
        let mut registry = Registry::default();
        let refusals = Refusals::registered(&mut registry);
        refusals.count(Input::Udp, "behind", 3);
        refusals.count(Input::Udp, "empty", 1);
        refusals.count(Input::Udp, "behind", 2);
        refusals.count(Input::Http, "behind", 7);
        assert_eq!(refusals.of(Input::Udp), BTreeMap::from([("behind", 5), ("empty", 1)]));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
        assert!(text.contains("refused_total{input=\"http\",reason=\"behind\"} 7\n"), "{text}");
    }
}
