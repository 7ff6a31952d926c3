//! The section `alerts` of the file, as it is written and checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{age, written_secret::WrittenSecret};
use crate::watch::alerts::{
    AlertSettings, Destination, MailSettings, Policy, PushoverSettings, Rule, Source, Webhook, Window,
};

/// Where Pushover's API is, unless said otherwise.
const PUSHOVER: &str = "https://api.pushover.net/1/messages.json";

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AlertsLayer {
    mail: Option<MailLayer>,
    pushover: Option<PushoverLayer>,
    targets: BTreeMap<String, TargetLayer>,
    rules: Vec<RuleLayer>,
    maintenance: Vec<WindowLayer>,
    /// Patterns of addresses that services may say.
    addresses: Vec<String>,
    remind_every: Option<String>,
    send_resolved: Option<bool>,
    /// Messages to one target in a minute.
    rate: Option<u32>,
    group_from: Option<usize>,
    gather: Option<String>,
    retry_from: Option<String>,
    give_up_after: Option<String>,
    timeout: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailLayer {
    server: WrittenSecret,
    from: String,
    #[serde(default)]
    ca: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PushoverLayer {
    token: WrittenSecret,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TargetLayer {
    mail: Option<String>,
    pushover: Option<WrittenSecret>,
    webhook: Option<WrittenSecret>,
    headers: BTreeMap<String, WrittenSecret>,
    template: Option<Value>,
    preset: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RuleLayer {
    from: Vec<Source>,
    subject: Option<String>,
    targets: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowLayer {
    from: String,
    to: String,
    #[serde(default)]
    subject: Option<String>,
}

impl AlertsLayer {
    /// Checks it.
    ///
    /// # Errors
    /// All mistakes.
    pub(super) fn settings(&self) -> Result<AlertSettings, Vec<String>> {
        let mut problems = Vec::new();
        let settings = AlertSettings {
            mail: self.mail.as_ref().map(|mail| mail.settings(&mut problems)),
            pushover: self.pushover.as_ref().map(|pushover| pushover.settings(&mut problems)),
            targets: self
                .targets
                .iter()
                .filter_map(|(name, target)| {
                    Some((name.clone(), target.destination(name, self, &mut problems)?))
                })
                .collect(),
            rules: self.rules.iter().map(|rule| rule.rule(&self.targets, &mut problems)).collect(),
            policy: self.policy(&mut problems),
            maintenance: self.maintenance.iter().filter_map(|window| window.window(&mut problems)).collect(),
            addresses: self.addresses.clone(),
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    fn policy(&self, problems: &mut Vec<String>) -> Policy {
        let usual = Policy::default();
        let mut read = |name: &str, given: &Option<String>| {
            given.as_deref().and_then(|given| match age(&format!("alerts.{name}"), given) {
                Ok(age) => Some(age),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            })
        };
        let policy = Policy {
            remind_every: read("remind-every", &self.remind_every),
            send_resolved: self.send_resolved.unwrap_or(usual.send_resolved),
            rate: self.rate.unwrap_or(usual.rate),
            group_from: self.group_from.unwrap_or(usual.group_from),
            gather: read("gather", &self.gather).unwrap_or(usual.gather),
            retry_from: read("retry-from", &self.retry_from).unwrap_or(usual.retry_from),
            give_up_after: read("give-up-after", &self.give_up_after).unwrap_or(usual.give_up_after),
            timeout: read("timeout", &self.timeout).unwrap_or(usual.timeout),
        };
        problems.extend((policy.rate == 0).then(|| "alerts.rate 0: at least 1 (a minute)".to_owned()));
        policy
    }
}

impl MailLayer {
    fn settings(&self, problems: &mut Vec<String>) -> MailSettings {
        let server = self.server.as_str();
        if !server.starts_with("smtp://") && !server.starts_with("smtps://") {
            problems.push("alerts.mail.server: expected a URL such as smtps://USER:PASSWORD@HOST".to_owned());
        }
        if !self.from.contains('@') {
            problems.push(format!("alerts.mail.from {:?}: expected an address", self.from));
        }
        if self.ca.is_some() && server.starts_with("smtp://") && !server.contains("tls=") {
            problems.push("alerts.mail.ca: of use with smtps://…, or smtp://…?tls=required".to_owned());
        }
        MailSettings { server: server.to_owned().into(), from: self.from.clone(), ca: self.ca.clone() }
    }
}

impl PushoverLayer {
    fn settings(&self, problems: &mut Vec<String>) -> PushoverSettings {
        let url = self.url.clone().unwrap_or_else(|| PUSHOVER.to_owned());
        if !is_web(&url) {
            problems.push(format!("alerts.pushover.url {url:?}: expected http://… or https://…"));
        }
        PushoverSettings { url, token: self.token.as_str().to_owned().into() }
    }
}

impl TargetLayer {
    fn destination(&self, name: &str, all: &AlertsLayer, problems: &mut Vec<String>) -> Option<Destination> {
        let mut problem = |text: &str| {
            problems.push(format!("alerts.targets.{name}: {text}"));
            None
        };
        match (&self.mail, &self.pushover, &self.webhook) {
            (Some(_), None, None) if all.mail.is_none() => problem("alerts.mail has to say how mail leaves"),
            (Some(address), None, None) if !address.contains('@') => problem("expected an address for mail"),
            (Some(address), None, None) => Some(Destination::Mail(address.clone())),
            (None, Some(_), None) if all.pushover.is_none() => {
                problem("alerts.pushover has to say the token")
            }
            (None, Some(user), None) => Some(Destination::Pushover(user.as_str().to_owned().into())),
            (None, None, Some(url)) if !is_web(url.as_str()) => {
                problem("webhook: expected http://… or https://…")
            }
            (None, None, Some(url)) => match self.template() {
                Ok(template) => Some(Destination::Webhook(Webhook {
                    url: url.as_str().to_owned().into(),
                    headers: self
                        .headers
                        .iter()
                        .map(|(name, value)| (name.clone(), value.as_str().to_owned().into()))
                        .collect(),
                    template,
                })),
                Err(text) => problem(text),
            },
            _ => problem("say one of mail, pushover and webhook"),
        }
    }

    fn template(&self) -> Result<Option<Value>, &'static str> {
        match (&self.template, self.preset.as_deref()) {
            (template, None) => Ok(template.clone()),
            (None, Some("slack")) => Ok(Some(json!({"text": "*{title}*\n{text}"}))),
            (None, Some(_)) => Err("preset: expected slack"),
            (Some(_), Some(_)) => Err("say template or preset"),
        }
    }
}

impl RuleLayer {
    fn rule(&self, targets: &BTreeMap<String, TargetLayer>, problems: &mut Vec<String>) -> Rule {
        for target in self.targets.iter().filter(|target| !targets.contains_key(*target)) {
            problems.push(format!("alerts.rules: there is no target {target:?}"));
        }
        if self.targets.is_empty() {
            problems.push("alerts.rules: a rule has targets".to_owned());
        }
        let subject = self.subject.clone().unwrap_or_else(|| "*".to_owned());
        Rule { sources: self.from.clone(), subject, targets: self.targets.clone() }
    }
}

impl WindowLayer {
    fn window(&self, problems: &mut Vec<String>) -> Option<Window> {
        let mut time = |name: &str, text: &str| {
            let time = text.parse::<jiff::Timestamp>().ok();
            let time = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
            if time.is_none() {
                problems.push(format!(
                    "alerts.maintenance.{name} {text:?}: expected a time such as 2026-01-31T22:00:00Z"
                ));
            }
            time
        };
        let (from, to) = (time("from", &self.from)?, time("to", &self.to)?);
        if to <= from {
            problems.push("alerts.maintenance: to comes before from".to_owned());
            return None;
        }
        Some(Window { from, to, subject: self.subject.clone().unwrap_or_else(|| "*".to_owned()) })
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn settings(text: &str) -> Result<AlertSettings, Vec<String>> {
        let layer: AlertsLayer = serde_saphyr::from_str(text).expect("a section");
        layer.settings()
    }

    const ALL: &str = r#"
mail: { server: "smtps://me:secret@mail.example.org", from: "upto <upto@example.org>", ca: /etc/ca.pem }
pushover: { token: secret }
targets:
  ops: { mail: ops@example.org }
  phone: { pushover: secret }
  chat: { webhook: "https://hooks.example.org/secret", preset: slack }
  hook: { webhook: "http://127.0.0.1:1/", headers: { Authorization: secret }, template: { what: "{title}" } }
rules:
  - { from: [heartbeat, ping], subject: "web*", targets: [ops, phone] }
  - { targets: [chat] }
maintenance:
  - { from: "2026-01-01T00:00:00Z", to: "2026-01-01T02:00:00Z", subject: "db*" }
addresses: ["*@example.org"]
remind-every: 1h
rate: 10
timeout: 2s
"#;

    #[test]
    fn everything_that_can_be_said_is_read_and_no_secret_is_shown() {
        let settings = settings(ALL).expect("good");
        assert_eq!((settings.targets.len(), settings.rules.len()), (4, 2));
        assert_eq!(settings.mail.as_ref().and_then(|mail| mail.ca.clone()), Some("/etc/ca.pem".into()));
        assert_eq!(settings.policy.remind_every, Some(Duration::from_secs(3_600)));
        assert_eq!((settings.policy.rate, settings.policy.timeout), (10, Duration::from_secs(2)));
        assert!(settings.rules[0].is_about(Source::Ping, "web-1"));
        assert!(
            !settings.rules[0].is_about(Source::Journal, "web-1")
                && !settings.rules[0].is_about(Source::Ping, "db")
        );
        assert!(settings.rules[1].is_about(Source::Journal, "anything"));
        let begin = 1_767_225_600_000_000_000;
        let is_quiet = |subject, time| settings.quiet_until(subject, time).is_some();
        assert!(is_quiet("db-1", begin) && !is_quiet("web", begin));
        assert!(!is_quiet("db-1", begin - 1) && !is_quiet("db-1", begin + 7_200_000_000_000));
        assert!(settings.allows("me@example.org") && !settings.allows("me@elsewhere.org"));
        let layer: AlertsLayer = serde_saphyr::from_str(ALL).expect("a section");
        let shown = format!("{settings:?} {layer:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn certificates_are_of_no_use_without_tls() {
        let mail = |url: &str| {
            settings(&format!("mail: {{ server: '{url}', from: me@example.org, ca: ca.pem }}")).map(drop)
        };
        assert_eq!(mail("smtps://h"), Ok(()));
        assert_eq!(mail("smtp://h?tls=required"), Ok(()));
        let problems = mail("smtp://h").expect_err("a mistake");
        assert!(problems[0].contains("mail.ca"), "{problems:?}");
    }

    #[test]
    fn all_mistakes_are_told() {
        let problems = settings(
            r#"
mail: { server: "mail.example.org", from: nobody }
targets:
  a: { mail: nobody }
  b: { pushover: u }
  c: { webhook: "ftp://x" }
  d: {}
  e: { webhook: "http://x", preset: other }
rules: [{ targets: [z] }, {}]
maintenance: [{ from: today, to: "2026-01-01T02:00:00Z" }]
rate: 0
gather: soon
"#,
        )
        .expect_err("mistakes");
        for expected in [
            "mail.server",
            "mail.from",
            "targets.a",
            "targets.b",
            "targets.c",
            "targets.d",
            "targets.e",
            "no target \"z\"",
            "a rule has targets",
            "maintenance.from",
            "rate 0",
            "alerts.gather",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:?}");
        }
        assert_eq!(settings("{}"), Ok(AlertSettings::default()));
    }
}
