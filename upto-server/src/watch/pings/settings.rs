//! What is asked, and what is expected of it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::watch::alerts::Hidden;
use crate::watch::heartbeat::AlertTarget;

/// What is asked, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingSettings {
    /// What it is called.
    pub service: String,
    /// What is asked, without a name and a password.
    pub url: String,
    /// How often.
    pub frequency: Duration,
    /// The method of HTTP.
    pub method: String,
    /// Headers that are sent.
    pub headers: Vec<(String, Hidden)>,
    /// The name and the password, if it wants some.
    pub login: Option<(String, Hidden)>,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// The statuses that are fine.
    pub expected: RangeInclusive<u16>,
    /// What the body, or its first MiB, contains.
    pub contains: Option<String>,
    /// For so many days its certificate has to be valid.
    pub certificate_days: Option<u32>,
    /// A certificate that is trusted beside the system's, in PEM.
    pub ca: Option<PathBuf>,
    /// Through which it is asked.
    pub proxy: Option<Hidden>,
    /// After so many failures in a row it is down.
    pub failures: u32,
    /// After so many successes in a row it is up again.
    pub successes: u32,
    /// Who is told, beside those whom rules say.
    pub(crate) alert: Option<AlertTarget>,
}

impl PingSettings {
    /// Asks for this every minute, and expects a status from 200 to 299 within 10 s; one failure is enough, and one success.
    pub fn new(service: impl Into<String>, url: impl Into<String>) -> Self {
        PingSettings {
            service: service.into(),
            url: url.into(),
            frequency: Duration::from_secs(60),
            method: "GET".to_owned(),
            headers: Vec::new(),
            login: None,
            timeout: Duration::from_secs(10),
            expected: 200..=299,
            contains: None,
            certificate_days: None,
            ca: None,
            proxy: None,
            failures: 1,
            successes: 1,
            alert: None,
        }
    }
}
