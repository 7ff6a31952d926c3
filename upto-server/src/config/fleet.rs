//! The section `fleet` of the file, as it is written and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::age;
use crate::agent::Target;
use crate::doors::token_in;
use crate::fleet::check::{BuiltIn, CHECKS, name_fault};
use crate::fleet::plan::ON_THE_WAY;
use crate::fleet::{FleetSettings, How, OwnCheck};

/// What a check may be asked for at most how often.
const SHORTEST: Duration = Duration::from_millis(100);
/// How long a command or an address may take at most unless somebody says so.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The shortest lease: a host says that it is there several times in one.
const LEASE: Duration = Duration::from_millis(500);

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FleetLayer {
    enabled: Option<bool>,
    worker: Option<bool>,
    name: Option<String>,
    address: Option<String>,
    token_file: Option<PathBuf>,
    periods: BTreeMap<String, String>,
    checks: Vec<CheckLayer>,
    deadline: Option<String>,
    claim: Option<String>,
    lease: Option<String>,
    backlog: Option<u64>,
    results: Option<u32>,
    keep: Option<String>,
}

/// A check of one's own, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CheckLayer {
    name: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    period: Option<String>,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    command: Option<Vec<String>>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    pointer: Option<String>,
}

/// The file with checks that an agent is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecksFile {
    checks: Vec<CheckLayer>,
}

/// The checks in a file.
///
/// # Errors
/// All mistakes.
pub(crate) fn checks_in(path: &Path) -> Result<Vec<OwnCheck>, Vec<String>> {
    let wrong = |problem: String| vec![format!("{}: {problem}", path.display())];
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let file: ChecksFile = serde_saphyr::from_str(&text).map_err(|error| wrong(super::form_fault(&error)))?;
    let mut problems = Vec::new();
    let checks = checks(&file.checks, FleetSettings::default().claim, &mut problems);
    if problems.is_empty() { Ok(checks) } else { Err(problems) }
}

/// The token in a file.
///
/// # Errors
/// It can't be read.
pub(crate) fn fleet_token(path: &Path) -> Result<String, String> {
    let wrong = |problem: String| format!("fleet token-file {}: {problem}", path.display());
    let token = token_in(Some(path)).map_err(|error| wrong(error.to_string()))?;
    token.ok_or_else(|| wrong("there is no token in it".to_owned()))
}

/// What is wrong with an address that others are told.
pub(crate) fn address_fault(address: &str) -> Option<String> {
    Target::fault(address).map(|fault| format!("fleet address: {fault}"))
}

impl FleetLayer {
    /// Checks it; `flag` is what is said beside the file.
    ///
    /// # Errors
    /// All mistakes.
    pub(super) fn settings(&self, flag: Option<bool>) -> Result<FleetSettings, Vec<String>> {
        let (usual, mut problems) = (FleetSettings::default(), Vec::new());
        let mut noted = |problem: Option<String>| problems.extend(problem);
        let name_fault = self.name.as_deref().and_then(name_fault);
        noted(name_fault.map(|fault| format!("fleet.name: {fault}")));
        noted(self.address.as_deref().and_then(address_fault));
        noted((self.backlog == Some(0)).then(|| "fleet.backlog 0: at least 1".to_owned()));
        noted((self.results == Some(0)).then(|| "fleet.results 0: at least 1".to_owned()));
        let token = self.token_file.as_deref().map(fleet_token).transpose().unwrap_or_else(|problem| {
            noted(Some(problem));
            None
        });
        let mut time = |name: &str, given: &Option<String>, usual: Duration| {
            let read = given.as_deref().map(|given| age(&format!("fleet.{name}"), given)).transpose();
            read.unwrap_or_else(|problem| {
                noted(Some(problem));
                None
            })
            .unwrap_or(usual)
        };
        let deadline = time("deadline", &self.deadline, usual.deadline);
        let claim = time("claim", &self.claim, usual.claim);
        let lease = time("lease", &self.lease, usual.lease);
        let keep = time("keep", &self.keep, usual.keep);
        if claim < deadline * 2 {
            problems.push("fleet.claim: at least twice the deadline".to_owned());
        }
        if lease < LEASE {
            problems.push(format!("fleet.lease: at least {LEASE:?}"));
        }
        let periods = self.periods(&mut problems);
        let checks = checks(&self.checks, claim, &mut problems);
        let settings = FleetSettings {
            enabled: flag.or(self.enabled).unwrap_or(usual.enabled),
            worker: self.worker,
            name: self.name.clone(),
            address: self.address.clone(),
            token: token.map(Into::into),
            periods,
            checks,
            deadline,
            claim,
            lease,
            backlog: self.backlog.unwrap_or(usual.backlog),
            results: self.results.map_or(usual.results, |count| count as usize),
            keep,
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    fn periods(&self, problems: &mut Vec<String>) -> BTreeMap<String, Option<Duration>> {
        let mut periods = BTreeMap::new();
        for (name, given) in &self.periods {
            if BuiltIn::of(name).is_none() {
                let known = BuiltIn::ALL.map(BuiltIn::name).join(", ");
                problems.push(format!("fleet.periods {name:?}: expected one of {known}"));
            }
            let period = match given.as_str() {
                "off" => Ok(None),
                _ => period(&format!("fleet.periods {name}"), given).map(Some),
            };
            match period {
                Ok(period) => drop(periods.insert(name.clone(), period)),
                Err(problem) => problems.push(problem),
            }
        }
        periods
    }
}

fn checks(layers: &[CheckLayer], claim: Duration, problems: &mut Vec<String>) -> Vec<OwnCheck> {
    if layers.len() + BuiltIn::ALL.len() > CHECKS {
        problems.push(format!("fleet.checks: at most {}", CHECKS - BuiltIn::ALL.len()));
    }
    let mut names = BTreeSet::new();
    for layer in layers.iter().filter(|layer| !names.insert(&layer.name)) {
        problems.push(format!("fleet.checks: there are two of {:?}", layer.name));
    }
    let read = layers.iter().filter_map(|layer| {
        let check = layer.check(claim).and_then(|check| check.fault().map_or(Ok(check), Err));
        check.map_err(|problem| problems.push(format!("fleet.checks: {problem}"))).ok()
    });
    read.collect()
}

impl CheckLayer {
    fn check(&self, claim: Duration) -> Result<OwnCheck, String> {
        let CheckLayer { name, unit, .. } = self;
        let of = |problem: String| format!("the check {name:?}: {problem}");
        let timeout = self.timeout.as_deref().map(|given| age("timeout", given)).transpose().map_err(of)?;
        let given = self.period.as_deref().unwrap_or("10s");
        let period = period("period", given).map_err(of)?;
        if timeout.is_some_and(|timeout| timeout > period / 2) {
            return Err(of(format!("its timeout is more than half of its period, {period:?}")));
        }
        if timeout.is_some_and(|timeout| timeout > longest(claim)) {
            let claim = format!("fleet.claim, {claim:?}, has to be at least twice its timeout and a second");
            return Err(of(claim));
        }
        let timeout = timeout.unwrap_or(TIMEOUT.min(period / 2).min(longest(claim)));
        let how = match (&self.command, &self.url) {
            (Some(words), None) => How::Command { words: words.clone(), timeout },
            (None, Some(url)) if url.starts_with("http://") || url.starts_with("https://") => {
                How::Http { url: url.clone(), pointer: self.pointer.clone().unwrap_or_default(), timeout }
            }
            (None, Some(_)) => return Err(of("url: expected http://… or https://…".to_owned())),
            _ => return Err(of("say a command or a url".to_owned())),
        };
        Ok(OwnCheck { name: name.clone(), unit: unit.clone(), period, how })
    }
}

/// How long a host may take at most, so that no other worker does the task meanwhile.
fn longest(claim: Duration) -> Duration {
    (claim / 2).saturating_sub(ON_THE_WAY)
}

fn period(name: &str, given: &str) -> Result<Duration, String> {
    let period = age(name, given)?;
    if period < SHORTEST {
        return Err(format!("{name} {given:?}: at least 100ms"));
    }
    Ok(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<FleetSettings, Vec<String>> {
        serde_saphyr::from_str::<FleetLayer>(text).expect("a section").settings(None)
    }

    #[test]
    fn what_is_said_is_read() {
        let read = settings(
            "enabled: true\nname: a\nperiods: {healthy: 250ms, ready: off}\nclaim: 5s\nbacklog: 7\nresults: 9\n\
             checks:\n  - {name: jobs, unit: jobs, period: 2s, timeout: 1s, command: [count, --all]}\n  \
             - {name: depth, url: 'http://127.0.0.1:1/x', pointer: /depth}\n",
        );
        let read = read.expect("good");
        assert!(read.enabled && read.name.as_deref() == Some("a"));
        assert_eq!(read.periods["healthy"], Some(Duration::from_millis(250)));
        assert_eq!(read.periods["ready"], None);
        assert_eq!((read.claim, read.backlog, read.results), (Duration::from_secs(5), 7, 9));
        let words = vec!["count".to_owned(), "--all".to_owned()];
        let how = How::Command { words, timeout: Duration::from_secs(1) };
        let jobs = OwnCheck { name: "jobs".into(), unit: "jobs".into(), period: Duration::from_secs(2), how };
        assert_eq!(read.checks[0], jobs);
        assert_eq!((read.checks[1].name.as_str(), read.checks[1].period), ("depth", Duration::from_secs(10)));
        assert_eq!(settings("{}"), Ok(FleetSettings::default()));
    }

    #[test]
    fn a_flag_goes_before_the_file() {
        let layer: FleetLayer = serde_saphyr::from_str("enabled: true").expect("a section");
        assert!(!layer.settings(Some(false)).expect("good").enabled);
        assert!(FleetLayer::default().settings(Some(true)).expect("good").enabled);
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let text = "name: ''\naddress: 'ftp://h'\nperiods: {GetHealthy: 1s, ready: 1ms}\ndeadline: 9s\nbacklog: 0\n\
                    results: 0\nkeep: soon\ntoken-file: /nonexistent\nchecks:\n  - {name: a}\n  \
                    - {name: a, command: []}\n  - {name: b, url: 'ftp://h'}\n  - {name: healthy, command: [x]}\n  \
                    - {name: slow, period: 2s, timeout: 3s, command: [x]}\n  \
                    - {name: long, period: 60s, timeout: 30s, command: [x]}\nlease: 1ms\n";
        let problems = settings(text).expect_err("mistakes");
        for expected in [
            "fleet.name",
            "fleet address",
            "GetHealthy",
            "at least 100ms",
            "fleet.claim",
            "fleet.backlog 0",
            "fleet.results 0",
            "fleet.keep \"soon\"",
            "/nonexistent",
            "there are two of \"a\"",
            "say a command or a url",
            "the command is empty",
            "expected http://",
            "every host knows one",
            "\"slow\": its timeout is more than half",
            "\"long\": fleet.claim, 10s, has to be",
            "fleet.lease",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:?}");
        }
    }
}
