//! The list `pings` of the section `watch`, as it is written and checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::Deserialize;

use super::{age, written_secret::WrittenSecret};
use crate::watch::{AlertTarget, PingSettings};

/// Bytes of a service's name at most.
const SERVICE_BYTES: usize = 256;
/// Pings at most: each has a task of its own.
const PINGS: usize = 10_000;

/// A ping as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PingLayer {
    service: String,
    url: String,
    #[serde(default)]
    frequency: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, WrittenSecret>,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    password: Option<WrittenSecret>,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    expect: Option<Expected>,
    #[serde(default)]
    contains: Option<String>,
    #[serde(default)]
    certificate_days: Option<u32>,
    #[serde(default)]
    ca: Option<PathBuf>,
    #[serde(default)]
    proxy: Option<WrittenSecret>,
    #[serde(default)]
    failures: Option<u32>,
    #[serde(default)]
    successes: Option<u32>,
    #[serde(default)]
    alert_type: Option<String>,
    #[serde(default)]
    alert_target: Option<String>,
}

/// A status, or a range of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Expected {
    Status(u16),
    Range(String),
}

/// Checks a list of pings.
pub(super) fn settings(layers: &[PingLayer], problems: &mut Vec<String>) -> Vec<PingSettings> {
    if layers.len() > PINGS {
        problems.push(format!("watch.pings: at most {PINGS}"));
    }
    let mut services: Vec<_> = layers.iter().map(|layer| &layer.service).collect();
    services.sort_unstable();
    for pair in services.windows(2).filter(|pair| pair[0] == pair[1]) {
        problems.push(format!("watch.pings: there are two of {:?}", pair[0]));
    }
    layers.iter().map(|layer| layer.settings(problems)).collect()
}

impl PingLayer {
    fn settings(&self, problems: &mut Vec<String>) -> PingSettings {
        let (service, usual) = (&self.service, PingSettings::new(self.service.clone(), self.url.clone()));
        let mut noted: Vec<String> = Vec::new();
        if service.is_empty() || service.len() > SERVICE_BYTES {
            noted.push(format!("a service has 1 to {SERVICE_BYTES} bytes"));
        }
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") || self.url.contains('@') {
            noted.push("url: expected http://… or https://…; say login and password beside it".to_owned());
        }
        if self.certificate_days.is_some() && self.proxy.is_some() {
            // The client does not tell the certificate then, and the ping would be down for ever.
            noted.push(
                "certificate-days: a certificate is not seen through a proxy; leave out one of the two"
                    .to_owned(),
            );
        }
        let mut time = |name: &str, given: &Option<String>, usual| match given
            .as_deref()
            .map(|given| age(name, given))
        {
            None => usual,
            Some(Ok(age)) => age,
            Some(Err(problem)) => {
                noted.push(problem);
                usual
            }
        };
        let (frequency, timeout) = (
            time("frequency", &self.frequency, usual.frequency),
            time("timeout", &self.timeout, usual.timeout),
        );
        let expected = self.expected().unwrap_or_else(|problem| {
            noted.push(problem);
            200..=299
        });
        if [self.failures, self.successes].contains(&Some(0)) {
            noted.push("failures and successes: at least 1".to_owned());
        }
        let alert = match (&self.alert_type, &self.alert_target) {
            (None, None) => None,
            (Some(kind), Some(address)) => Some(AlertTarget { kind: kind.clone(), address: address.clone() }),
            _ => {
                noted.push("say alert-type and alert-target, or neither".to_owned());
                None
            }
        };
        problems.extend(noted.into_iter().map(|problem| format!("watch.pings {service:?}: {problem}")));
        let secret = |secret: &WrittenSecret| secret.as_str().to_owned().into();
        let password = self.password.as_ref().map_or_else(|| String::new().into(), secret);
        PingSettings {
            frequency,
            method: self.method.clone().unwrap_or_else(|| usual.method.clone()),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), secret(value))).collect(),
            login: self.login.clone().map(|login| (login, password)),
            timeout,
            expected,
            contains: self.contains.clone(),
            certificate_days: self.certificate_days,
            ca: self.ca.clone(),
            proxy: self.proxy.as_ref().map(secret),
            failures: self.failures.unwrap_or(usual.failures),
            successes: self.successes.unwrap_or(usual.successes),
            alert,
            ..usual
        }
    }

    fn expected(&self) -> Result<RangeInclusive<u16>, String> {
        let (first, last) = match &self.expect {
            None => return Ok(200..=299),
            Some(Expected::Status(status)) => (Some(*status), Some(*status)),
            Some(Expected::Range(range)) => match range.split_once('-') {
                Some((first, last)) => (first.trim().parse().ok(), last.trim().parse().ok()),
                None => (None, None),
            },
        };
        match (first, last) {
            (Some(first), Some(last)) if (100..=last).contains(&first) && last <= 599 => Ok(first..=last),
            _ => Err("expect: a status such as 204, or a range such as 200-399".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> (Vec<PingSettings>, Vec<String>) {
        let layers: Vec<PingLayer> = serde_saphyr::from_str(text).expect("a list");
        let mut problems = Vec::new();
        (settings(&layers, &mut problems), problems)
    }

    #[test]
    fn what_is_said_is_read_and_no_secret_is_shown() {
        let (pings, problems) = read(
            "- {service: web, url: 'https://example.org/', frequency: 30s, expect: 200-399, login: me, password: hush,\n   \
             headers: {X-Key: hush}, proxy: 'http://me:hush@proxy', failures: 3, alert-type: mail, alert-target: a@b.c}\n\
             - {service: api, url: 'http://127.0.0.1:1/', expect: 204}\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((pings[0].frequency, pings[0].expected.clone()), (Duration::from_secs(30), 200..=399));
        assert_eq!((pings[0].failures, pings[0].successes, pings[1].expected.clone()), (3, 1, 204..=204));
        assert!(!format!("{pings:?}").contains("hush"));
    }

    #[test]
    fn all_mistakes_are_told() {
        let (_, problems) = read(
            "- {service: a, url: 'ftp://x'}\n- {service: a, url: 'http://u:p@x/', frequency: soon, expect: 700}\n\
             - {service: '', url: 'http://x/', failures: 0, alert-type: mail, expect: 300-200}\n\
             - {service: b, url: 'https://x/', certificate-days: 9, proxy: 'http://p'}\n",
        );
        for expected in [
            "two of \"a\"",
            "url:",
            "frequency",
            "expect:",
            "1 to 256 bytes",
            "at least 1",
            "alert-type",
            "certificate-days",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:?}");
        }
    }
}
