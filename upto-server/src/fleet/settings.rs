//! What a fleet is told at its start.

use std::collections::BTreeMap;
use std::time::Duration;

use super::check::{BuiltIn, Check, OwnCheck};
use super::plan::Plan;
use crate::watch::alerts::Hidden;

/// How hosts are asked, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetSettings {
    /// Whether this server asks for checks at all; by default it does not.
    pub enabled: bool,
    /// Whether it answers and does them itself; by default where its store is on this machine.
    pub worker: Option<bool>,
    /// What this host is called; by default as the system calls it.
    pub name: Option<String>,
    /// Where others ask this host, such as `http://10.0.0.7:8080`; by default its first address.
    pub address: Option<String>,
    /// What is shown to hosts that are asked, if they want a token.
    pub token: Option<Hidden>,
    /// Checks that every host knows, with other periods than the usual ones; `None`: they are not asked for.
    pub periods: BTreeMap<String, Option<Duration>>,
    /// Checks of one's own.
    pub checks: Vec<OwnCheck>,
    /// How long a host may take, 1 s by default, and at most half of a check's period. For checks of one's own, what they
    /// say themselves goes before it.
    pub deadline: Duration,
    /// After what time a task goes to another worker, 10 s by default.
    pub claim: Duration,
    /// For how long a host is there that said so, 3 s by default.
    pub lease: Duration,
    /// Tasks of a check that may wait, 150 by default; of more, the oldest are dropped.
    pub backlog: u64,
    /// Results of a check that are at hand, 300 by default.
    pub results: usize,
    /// For how long results are kept, 1 h by default.
    pub keep: Duration,
}

impl Default for FleetSettings {
    fn default() -> Self {
        FleetSettings {
            enabled: false,
            worker: None,
            name: None,
            address: None,
            token: None,
            periods: BTreeMap::new(),
            checks: Vec::new(),
            deadline: Duration::from_secs(1),
            claim: Duration::from_secs(10),
            lease: Duration::from_secs(3),
            backlog: 150,
            results: 300,
            keep: Duration::from_secs(3_600),
        }
    }
}

impl FleetSettings {
    /// What workers have to know of it.
    pub(crate) fn plan(&self) -> Plan {
        let built_in = BuiltIn::ALL.into_iter().map(Check::from).filter_map(|check| {
            match self.periods.get(&check.name) {
                Some(period) => Some(Check { period: (*period)?, ..check }),
                None => Some(check),
            }
        });
        let checks = built_in.chain(self.checks.iter().map(OwnCheck::check)).collect();
        Plan { checks, deadline: self.deadline, claim: self.claim, lease: self.lease }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_may_be_others_and_checks_left_out() {
        let plan = FleetSettings::default().plan();
        assert_eq!(plan.checks.len(), BuiltIn::ALL.len());
        let periods = [("healthy".to_owned(), Some(Duration::from_secs(9))), ("ready".to_owned(), None)];
        let plan = FleetSettings { periods: periods.into(), ..FleetSettings::default() }.plan();
        assert_eq!(plan.check("healthy").map(|check| check.period), Some(Duration::from_secs(9)));
        assert_eq!(plan.check("ready"), None);
        assert_eq!(plan.checks.len(), BuiltIn::ALL.len() - 1);
    }
}
