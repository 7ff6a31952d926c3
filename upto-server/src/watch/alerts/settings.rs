//! What is said of alerts in the configuration, checked.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::successors;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::doors::matches_pattern;
use crate::watch::notice::Source;

/// A text that is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The text, for who needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Hidden(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// Who is told of what, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertSettings {
    /// How mail leaves; `None`: it does not.
    pub mail: Option<MailSettings>,
    /// How messages to phones leave; `None`: they do not.
    pub pushover: Option<PushoverSettings>,
    /// Who may be told, by name.
    pub targets: BTreeMap<String, Destination>,
    /// Who is told of what.
    pub rules: Vec<Rule>,
    /// How often and how soon.
    pub policy: Policy,
    /// When nobody is told.
    pub maintenance: Vec<Window>,
    /// Patterns of addresses that services may say themselves; all of them if there are none.
    pub addresses: Vec<String>,
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// The server: `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`.
    pub server: Hidden,
    /// The sender's address.
    pub from: String,
    /// Certificates that are trusted beside the system's, in PEM.
    pub ca: Option<PathBuf>,
}

/// How messages to phones leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushoverSettings {
    /// Where its API is.
    pub url: String,
    /// The application's token.
    pub token: Hidden,
}

/// Somebody who may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// By mail to this address.
    Mail(String),
    /// By Pushover, to this user or group.
    Pushover(Hidden),
    /// By a request.
    Webhook(Webhook),
}

/// A request that tells somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where it goes; it may be a secret.
    pub url: Hidden,
    /// Headers beside the content type.
    pub headers: Vec<(String, Hidden)>,
    /// What is sent instead of everything there is: `{title}`, `{text}` and `{key}` in its texts are filled in.
    pub template: Option<Value>,
}

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is about; everything if it is empty.
    pub(crate) sources: Vec<Source>,
    /// A pattern of subjects: services, or contexts.
    pub subject: String,
    /// The names of who is told.
    pub targets: Vec<String>,
}

impl Rule {
    /// Tells these targets of everything whose subject is one that the pattern means.
    pub fn of_all(subject: &str, targets: impl IntoIterator<Item = &'static str>) -> Self {
        let targets = targets.into_iter().map(str::to_owned).collect();
        Rule { sources: Vec::new(), subject: subject.to_owned(), targets }
    }

    pub(crate) fn is_about(&self, source: Source, subject: &str) -> bool {
        (self.sources.is_empty() || self.sources.contains(&source)) && matches_pattern(&self.subject, subject)
    }
}

/// How often and how soon somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often somebody is told again of what is still wrong; `None`: once is enough.
    pub remind_every: Option<Duration>,
    /// Whether somebody is told that it is over.
    pub send_resolved: bool,
    /// Messages to one target in a minute.
    pub rate: u32,
    /// So many alerts that wait for one target become one message; 0: never.
    pub group_from: usize,
    /// How long alerts gather before they are sent.
    pub gather: Duration,
    /// How long after a failure it is tried again, first; then twice as long each time.
    pub retry_from: Duration,
    /// After what time it is given up.
    pub give_up_after: Duration,
    /// How long a server that is told may take to answer.
    pub timeout: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            remind_every: None,
            send_resolved: true,
            rate: 60,
            group_from: 5,
            gather: Duration::from_secs(1),
            retry_from: Duration::from_secs(10),
            give_up_after: Duration::from_secs(86_400),
            timeout: Duration::from_secs(10),
        }
    }
}

/// A time in which nobody is told of some subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its beginning, in nanoseconds since the epoch.
    pub from: i64,
    /// Its end.
    pub to: i64,
    /// A pattern of subjects.
    pub subject: String,
}

impl AlertSettings {
    /// Until when nobody is told of this subject, if that is so at this time. One window may follow the other.
    pub(crate) fn quiet_until(&self, subject: &str, time: i64) -> Option<i64> {
        let covers = |window: &&Window, time: i64| {
            window.from <= time && time < window.to && matches_pattern(&window.subject, subject)
        };
        let end =
            |time: i64| self.maintenance.iter().find(|window| covers(window, time)).map(|window| window.to);
        successors(end(time), |reached| end(*reached)).last()
    }

    /// Whether a service may say this address itself.
    pub(crate) fn allows(&self, address: &str) -> bool {
        self.addresses.is_empty() || self.addresses.iter().any(|pattern| matches_pattern(pattern, address))
    }
}
