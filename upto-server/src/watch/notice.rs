//! Something that somebody may have to be told: it goes into the journal, and maybe out as an alert.

use serde::{Deserialize, Serialize};

use super::heartbeat::{AlertTarget, Heartbeat, News};
use super::time;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    Heartbeat,
    Ping,
    Journal,
    /// An event that runs too long.
    Event,
    /// A timeline that is slower than those before it.
    Timeline,
    /// Somebody wants to know whether alerts arrive.
    Test,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Source::Heartbeat => "heartbeat",
            Source::Ping => "ping",
            Source::Journal => "journal",
            Source::Event => "event",
            Source::Timeline => "timeline",
            Source::Test => "test",
        }
    }
}

/// Whether something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Turn {
    /// Something is wrong from now on.
    Problem,
    /// It still is.
    Reminder,
    /// It no longer is.
    Resolved,
    /// Nobody wants to know any more whether it is. Nobody is told of that, nor reminded.
    Closed,
    /// It happened, and that is all.
    Once,
}

/// Something that somebody may have to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// No other notice has it, and the same one has it always: who is told twice can tell by it.
    pub(crate) id: String,
    /// What problem and resolution have in common.
    pub(crate) incident: String,
    pub(crate) source: Source,
    pub(crate) turn: Turn,
    /// The service, or what else it is about.
    pub(crate) subject: String,
    /// In a few words.
    pub(crate) title: String,
    pub(crate) text: String,
    /// How grave its line in the journal is.
    pub(crate) level: i32,
    /// When that was, in nanoseconds since the epoch.
    pub(crate) time: i64,
    /// Who is told; `None`: whoever the rules say.
    pub(crate) target: Option<AlertTarget>,
}

/// How grave a line of the journal about a problem is; one about its end has 0.
const PROBLEM_LEVEL: i32 = 3;

impl Notice {
    /// What is to be told of a heartbeat; nothing of what is for the journal alone.
    pub(crate) fn of_heartbeat(heartbeat: &Heartbeat, news: News, at: i64) -> Option<Self> {
        let label = heartbeat.key().label();
        let (turn, title, text) = match news {
            News::Died { last } => (
                Turn::Problem,
                format!("Service {label} has not pulsed"),
                match last {
                    Some(last) => format!("The service {label} is not pulsing since {}", time(last)),
                    None => format!("The service {label} has never pulsed"),
                },
            ),
            News::Failed => (
                Turn::Problem,
                format!("Service {label} has failed"),
                format!("The service {label} says that it failed: {}", said(&heartbeat.text)),
            ),
            News::Recovered => (
                Turn::Resolved,
                format!("Service {label} is pulsing again"),
                format!("The service {label} is pulsing since {}", time(at)),
            ),
            News::Rearmed => return None,
        };
        let incident = incident_of(heartbeat);
        let end = if turn == Turn::Problem { "problem" } else { "resolved" };
        Some(Notice {
            id: format!("{incident}/{end}"),
            incident,
            source: Source::Heartbeat,
            turn,
            subject: heartbeat.service.to_string(),
            title,
            text,
            level: if turn == Turn::Problem { PROBLEM_LEVEL } else { 0 },
            time: at,
            target: heartbeat.alert.clone(),
        })
    }

    /// That nobody waits any more for a heartbeat that is dead: it was `ended` so.
    pub(crate) fn of_end(heartbeat: &Heartbeat, ended: &str, at: i64) -> Self {
        let label = heartbeat.key().label();
        let incident = incident_of(heartbeat);
        Notice {
            id: format!("{incident}/closed"),
            incident,
            source: Source::Heartbeat,
            turn: Turn::Closed,
            subject: heartbeat.service.to_string(),
            title: format!("Service {label} was {ended}"),
            text: format!("Nobody waits any more for the service {label}, which did not pulse"),
            level: 0,
            time: at,
            target: heartbeat.alert.clone(),
        }
    }

    /// A line of the journal that somebody has to be told of. `number` is random, so that no two lines are taken for one.
    pub(crate) fn of_line(service: String, level: i32, message: String, at: i64, number: u64) -> Self {
        let id = format!("journal/{at}/{number:016x}");
        let title = format!("{service}: {}", message.lines().next().unwrap_or_default());
        let (source, turn, incident) = (Source::Journal, Turn::Once, id.clone());
        Notice {
            id,
            incident,
            source,
            turn,
            subject: service,
            title,
            text: message,
            level,
            time: at,
            target: None,
        }
    }

    /// What tells somebody that alerts arrive.
    pub(crate) fn of_test(at: i64) -> Self {
        let id = format!("test/{at}");
        Notice {
            incident: id.clone(),
            id,
            source: Source::Test,
            turn: Turn::Once,
            subject: "upto-server".to_owned(),
            title: "Alerts arrive".to_owned(),
            text: "This is a test that somebody asked for; nothing is wrong.".to_owned(),
            level: 0,
            time: at,
            target: None,
        }
    }

    /// Its line in the journal.
    pub(crate) fn line(&self) -> String {
        match self.source {
            Source::Journal => self.text.clone(),
            _ => format!("{} - {}", self.title, self.text),
        }
    }
}

/// The same for as long as a heartbeat is dead.
fn incident_of(heartbeat: &Heartbeat) -> String {
    format!("heartbeat/{}/{}/{}", heartbeat.key().label(), heartbeat.created, heartbeat.deaths)
}

fn said(text: &str) -> &str {
    if text.is_empty() { "no more than that" } else { text }
}
