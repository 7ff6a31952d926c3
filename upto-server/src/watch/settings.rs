//! What is said of watching in the configuration, checked.

use std::time::Duration;

use serde_json::Value;

use super::alerts::AlertSettings;
use super::pings::PingSettings;
use super::timelines::TimelineRule;

/// How services are watched, and who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// Who is told of what.
    pub alerts: AlertSettings,
    /// How long lines of the journal are kept; 90 days unless told otherwise.
    pub journal_age: Duration,
    /// Bytes of the journal that are kept, about; 1 GiB unless told otherwise.
    pub journal_bytes: u64,
    /// The zone of times that watchTower's clients ask for as people read them, such as `Europe/Paris`.
    pub zone: String,
    /// Filters of the journal that its readers are offered; each is an object.
    pub presets: Vec<Value>,
    /// What is asked whether it answers.
    pub pings: Vec<PingSettings>,
    /// Timelines that somebody is told of; the first rule about a context counts.
    pub timelines: Vec<TimelineRule>,
}

impl Default for WatchSettings {
    fn default() -> Self {
        WatchSettings {
            alerts: AlertSettings::default(),
            journal_age: Duration::from_secs(90 * 86_400),
            journal_bytes: 1 << 30,
            zone: "UTC".to_owned(),
            presets: Vec::new(),
            pings: Vec::new(),
            timelines: Vec::new(),
        }
    }
}
