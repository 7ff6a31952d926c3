//! Alerts that arrive: from a notice to whoever has to know.
//!
//! A notice becomes a delivery for each target: a document, and a task in the outbox, a queue. Whoever claims the task
//! sends it, or tries again later; only then is it acknowledged. Each step may be the last one of a server that is killed:
//! what was begun is done again, and what was sent is known by its key, which is the same each time.

pub(crate) mod channel;
mod command;
mod delivery;
mod dispatch;
mod message;
mod raise;
mod remind;
mod settings;
mod way;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use self::channel::Channels;
pub use self::channel::SendProblem;
pub use self::command::{AlertsArguments, run};
pub(crate) use self::delivery::{Delivery, Standing, list, resume};
use self::dispatch::Quota;
pub(crate) use self::message::Message;
pub use self::settings::{
    AlertSettings, Destination, Hidden, MailSettings, Policy, PushoverSettings, Rule, Webhook, Window,
};
use super::heartbeat::AlertTarget;
use super::journal::Journal;
pub(crate) use super::notice::Source;
use crate::clock::Clock;
use crate::metrics::WatchMetrics;
use crate::store::{Result, Store};

/// Whether a document of this module can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    delivery::readable(key, value)
        .or_else(|| remind::readable(key, value))
        .or_else(|| dispatch::readable(key, value))
}

/// Raises and delivers alerts.
pub(crate) struct Alerts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    settings: Arc<AlertSettings>,
    channels: Channels,
    /// What was sent to each target lately.
    quotas: Mutex<HashMap<String, Quota>>,
    /// Something was raised.
    raised: Notify,
    counters: WatchMetrics,
}

impl Alerts {
    /// Ready to raise and deliver by these settings.
    ///
    /// # Errors
    /// A channel can't be made ready, and why.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        journal: Arc<Journal>,
        settings: Arc<AlertSettings>,
    ) -> Result<Self, SendProblem> {
        let channels = Channels::new(&settings)?;
        let (quotas, raised, counters) = (Mutex::default(), Notify::new(), WatchMetrics::default());
        Ok(Alerts { store, clock, journal, settings, channels, quotas, raised, counters })
    }

    /// Has what becomes of alerts counted there.
    pub(crate) fn counted(self, counters: WatchMetrics) -> Self {
        Alerts { counters, ..self }
    }

    /// What counts alerts and pings.
    pub(crate) fn counters(&self) -> &WatchMetrics {
        &self.counters
    }

    /// Why nobody can ever be told there, if that is so by the settings.
    pub(crate) fn fault(&self, target: &AlertTarget) -> Option<SendProblem> {
        self.settings.fault(target)
    }

    pub(crate) fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }
}

#[cfg(test)]
mod tests;
