//! What is counted of heartbeats, pings and alerts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::registered;
use crate::watch::alerts::Standing;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PingLabels {
    /// Of the configuration: there are no more than that has.
    service: String,
    outcome: &'static str,
}

/// The counters of heartbeats, pings and alerts. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatchMetrics {
    heartbeats: Family<StateLabel, Gauge>,
    pings: Family<PingLabels, Counter>,
    alerts: Family<StateLabel, Counter>,
    /// Tries to send alerts that failed.
    pub(crate) alert_failures: Counter,
}

impl WatchMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let metrics = WatchMetrics {
            heartbeats: registered(registry, "heartbeats", "Heartbeats known, by state"),
            pings: registered(registry, "pings", "Pings, by service and outcome"),
            alerts: registered(registry, "alerts", "Alerts that are done, by what became of them"),
            alert_failures: registered(
                registry,
                "alert_failures",
                "Tries to send alerts that failed; most are tried again",
            ),
        };
        // From the beginning: what grows from nothing is no rate.
        for standing in Standing::DONE {
            drop(metrics.alerts.get_or_create(&StateLabel { state: standing.as_str() }));
        }
        metrics
    }

    /// Counts an alert that is done.
    pub(crate) fn count_alert(&self, state: &'static str) {
        self.alerts.get_or_create(&StateLabel { state }).inc();
    }

    /// Counts a ping.
    pub(crate) fn count_ping(&self, service: &str, is_good: bool) {
        let outcome = if is_good { "good" } else { "bad" };
        self.pings.get_or_create(&PingLabels { service: service.to_owned(), outcome }).inc();
    }

    /// Says how many heartbeats there are in each state.
    pub(crate) fn set_heartbeats(&self, counts: impl IntoIterator<Item = (&'static str, usize)>) {
        for (state, count) in counts {
            self.heartbeats
                .get_or_create(&StateLabel { state })
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
