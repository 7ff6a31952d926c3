//! What is counted of clusters and those who ask for them.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::registered;
use crate::probe::State;

/// Bounds of how late probes begin, in seconds.
const DELAYS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

/// The counters of probes.
pub(crate) struct ProbeMetrics {
    probes: Family<StateLabel, Counter>,
    delays: Histogram,
    /// Clusters that are watched.
    pub(crate) clusters: Gauge,
    /// Probes that were dropped because too much waited for the store.
    pub(crate) dropped: Counter,
    /// Probes that collectors dropped because their buffers were full.
    pub(crate) dropped_by_collectors: Counter,
    /// Probes that collectors brought and that were not taken.
    pub(crate) refused: Counter,
    /// Probes that collectors brought.
    pub(crate) delivered: Counter,
    /// Commits that the store refused and that were tried again.
    pub(crate) commit_failures: Counter,
    /// Readers of streams of probes at present.
    pub(crate) watchers: Gauge,
    /// Probes that readers of streams were too slow for.
    pub(crate) missed: Counter,
}

impl ProbeMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let delays = Histogram::new(DELAYS);
        registry.register("probe_start_delay_seconds", "How late probes begin", delays.clone());
        ProbeMetrics {
            delays,
            probes: registered(registry, "probes", "Probes of clusters, by what they found"),
            clusters: registered(registry, "clusters", "Clusters that are watched"),
            dropped: registered(
                registry,
                "probes_dropped",
                "Probes dropped because too much waited for the store",
            ),
            dropped_by_collectors: registered(
                registry,
                "probes_dropped_by_collectors",
                "Probes that collectors dropped because their buffers were full",
            ),
            refused: registered(
                registry,
                "probes_refused",
                "Probes that collectors brought and that were not taken: of clusters that are not for their tokens, or not probes",
            ),
            delivered: registered(registry, "probes_delivered", "Probes that collectors brought"),
            commit_failures: registered(
                registry,
                "probe_commit_failures",
                "Commits of probes that the store refused and that were tried again",
            ),
            watchers: registered(registry, "probe_watchers", "Readers of streams of probes at present"),
            missed: registered(registry, "probes_missed", "Probes that readers of streams were too slow for"),
        }
    }

    /// Counts a probe.
    pub(crate) fn count(&self, state: State) {
        self.probes.get_or_create(&StateLabel { state: state.as_str() }).inc();
    }

    /// Notes how late a probe begins.
    pub(crate) fn note_delay(&self, delay: Duration) {
        self.delays.observe(delay.as_secs_f64());
    }
}
