//! What is asked for on the command line.

use clap::Parser;

use crate::parameters::Parameters;
use crate::setups::{self, Setup, StoreKind};

/// Shows at what load each set-up of servers and store saturates, by simulating it
///
/// A load is too much if a message is dropped, if it takes over a second until 99 of 100 messages are durable, or if a
/// steady load is not worked off at once when it ends. Highest loads are found to some 5 %.
#[derive(Clone, Debug, Parser)]
#[command(name = "scaling", version)]
pub(crate) struct Arguments {
    /// Print JSON, the parameters included
    #[arg(long)]
    pub(crate) json: bool,
    /// The same seed and parameters give the same result
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Simulate this many hosts instead of the usual set-ups; with --servers, --cores and --store
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    hosts: Option<u32>,
    /// Servers, each of which gets its part of the hosts
    #[arg(long, requires = "hosts", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    servers: u32,
    /// Cores of each server; it uses 8 at most to receive
    #[arg(long, requires = "hosts", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    cores: u32,
    /// Where they store: each for itself (redb), or all together
    #[arg(long, requires = "hosts", value_enum, default_value_t = StoreKind::Redb)]
    store: StoreKind,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
}

impl Arguments {
    /// What is to be simulated.
    pub(crate) fn setups(&self) -> Vec<Setup> {
        let Arguments { hosts, servers, cores, store, .. } = *self;
        match hosts {
            Some(hosts) => vec![Setup { hosts, servers, cores, store }],
            None => setups::USUAL.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn one_set_up_may_be_given_instead_of_the_usual_ones() {
        let words = ["scaling", "--hosts", "50", "--servers", "3", "--cores", "4", "--store", "redis"];
        let setup = Setup { hosts: 50, servers: 3, cores: 4, store: StoreKind::Redis };
        assert_eq!(Arguments::parse_from(words).setups(), [setup]);
        assert_eq!(Arguments::parse_from(["scaling"]).setups(), setups::USUAL);
        assert!(Arguments::try_parse_from(["scaling", "--servers", "3"]).is_err());
    }
}
