//! Whose clocks a packet tells of.

/// Hosts of one packet whose clocks are read, at most: a process runs on one, as a rule.
const HOSTS: usize = 16;

/// The hosts of a packet's marks that are by the sender's clock, each once for each timeline.
#[derive(Default)]
pub(super) struct Hosts(Vec<(usize, String)>);

impl Hosts {
    /// Notes a mark of the timeline at this place.
    pub(super) fn add(&mut self, place: usize, host: &str) {
        let is_known = self.0.iter().rev().any(|(known, name)| *known == place && name == host);
        if !is_known && self.0.len() < HOSTS {
            self.0.push((place, host.to_owned()));
        }
    }

    /// The places of timelines, and the hosts that have marks there.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().map(|(place, host)| (*place, host.as_str()))
    }
}
