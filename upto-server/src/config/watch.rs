//! The section `watch` of the file, as it is written and checked.

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::age;
use super::alerts::AlertsLayer;
use super::pings::{self, PingLayer};
use super::presets;
use super::timelines::{self, TimelineLayer};
use crate::watch::WatchSettings;

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WatchLayer {
    alerts: AlertsLayer,
    journal_age: Option<String>,
    /// In MiB.
    journal_size: Option<u64>,
    zone: Option<String>,
    presets: Vec<Value>,
    pings: Vec<PingLayer>,
    timelines: Vec<TimelineLayer>,
}

impl WatchLayer {
    /// Checks it.
    ///
    /// # Errors
    /// All mistakes.
    pub(super) fn settings(&self) -> Result<WatchSettings, Vec<String>> {
        let (usual, mut problems) = (WatchSettings::default(), Vec::new());
        let alerts = self.alerts.settings().unwrap_or_else(|mistakes| {
            problems.extend(mistakes.into_iter().map(|mistake| format!("watch.{mistake}")));
            usual.alerts.clone()
        });
        let journal_age =
            self.journal_age.as_deref().map(|given| age("watch.journal-age", given)).transpose();
        let journal_age = journal_age.unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        if self.journal_size == Some(0) {
            problems.push("watch.journal-size 0: at least 1 (MiB)".to_owned());
        }
        let zone = self.zone.clone().unwrap_or(usual.zone);
        if TimeZone::get(&zone).is_err() {
            problems.push(format!("watch.zone {zone:?}: expected a time zone such as Europe/Paris"));
        }
        problems.extend(presets::faults(&self.presets));
        let pings = pings::settings(&self.pings, &mut problems);
        for ping in &pings {
            let fault = ping.alert.as_ref().and_then(|target| alerts.fault(target));
            problems.extend(fault.map(|fault| format!("watch.pings {:?}: {fault}", ping.service)));
        }
        let timelines = timelines::rules(&self.timelines, &mut problems);
        let settings = WatchSettings {
            alerts,
            journal_age: journal_age.unwrap_or(usual.journal_age),
            journal_bytes: self.journal_size.map_or(usual.journal_bytes, |size| size.saturating_mul(1 << 20)),
            zone,
            presets: self.presets.clone(),
            pings,
            timelines,
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn settings(text: &str) -> Result<WatchSettings, Vec<String>> {
        serde_saphyr::from_str::<WatchLayer>(text).expect("a section").settings()
    }

    #[test]
    fn what_is_said_is_read() {
        let read = settings(
            "journal-age: 7d\njournal-size: 5\nzone: Europe/Paris\npresets: [{name: bad, level: 3}]\n",
        );
        let read = read.expect("good");
        assert_eq!((read.journal_age, read.journal_bytes), (Duration::from_secs(7 * 86_400), 5 << 20));
        assert_eq!((read.zone.as_str(), read.presets.len()), ("Europe/Paris", 1));
        assert_eq!(settings("{}"), Ok(WatchSettings::default()));
    }

    #[test]
    fn all_mistakes_are_told_with_those_of_alerts() {
        let text = "journal-age: soon\njournal-size: 0\nzone: Mars/Crater\nalerts: {rate: 0}\n\
                    presets: [7, {name: a, service: '('}, {name: a, level: x}, {service: 5}, {name: b, levl: 3}]\n";
        let problems = settings(text).expect_err("mistakes");
        for expected in [
            "journal-age",
            "journal-size 0",
            "Mars/Crater",
            "presets: 7 is none",
            "presets: service is no regular expression",
            "presets: there are two of \"a\"",
            "presets: {\"service\":5} has no name",
            "presets: service 5 is",
            "presets: level \"x\" is",
            "presets: \"levl\": expected one of",
            "watch.alerts.rate 0",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:?}");
        }
    }
}
