//! What the server counts of itself, for `/metrics`.

mod kernel;
mod sessions;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use upto::wire::Kind;

use self::kernel::KernelCollector;
use crate::input::KernelDrops;

pub(crate) use self::sessions::SessionMetrics;

/// The way that messages came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// A datagram.
    Udp,
    /// A request.
    Http,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    input: &'static str,
    reason: &'static str,
}

/// All counters.
pub(crate) struct Metrics {
    registry: Registry,
    messages: Family<KindLabel, Counter>,
    refused: Family<RefusedLabels, Counter>,
    /// Datagrams received.
    pub(crate) datagrams: Counter,
    /// Records of unknown types, left out of packets that were taken.
    pub(crate) records_unknown: Counter,
    /// What sessions sent, and what of it came.
    pub(crate) sessions: SessionMetrics,
    /// What the system dropped.
    pub(crate) kernel_drops: Arc<KernelDrops>,
    /// Commits to the store.
    pub(crate) commits: Counter,
    /// Commits that the store refused and that were tried again.
    pub(crate) commit_failures: Counter,
    contexts: Gauge,
    fold_bytes: Gauge<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("upto");
        let metrics = Metrics {
            messages: registered(&mut registry, "messages", "Messages taken, by kind"),
            refused: registered(
                &mut registry,
                "refused",
                "Datagrams and requests refused, by input and reason",
            ),
            datagrams: registered(&mut registry, "datagrams", "Datagrams received"),
            records_unknown: registered(
                &mut registry,
                "records_unknown",
                "Records of unknown types, left out of packets that were taken",
            ),
            sessions: SessionMetrics::registered(&mut registry),
            kernel_drops: Arc::default(),
            commits: registered(&mut registry, "commits", "Commits to the store"),
            commit_failures: registered(&mut registry, "commit_failures", "Commits that the store refused"),
            contexts: registered(&mut registry, "contexts", "Contexts known"),
            fold_bytes: registered(
                &mut registry,
                "fold_bytes",
                "Bytes of the timelines in memory, estimated",
            ),
            registry: Registry::default(),
        };
        registry.register_collector(Box::new(KernelCollector(metrics.kernel_drops.clone())));
        Metrics { registry, ..metrics }
    }
}

fn registered<M>(registry: &mut Registry, name: &str, help: &str) -> M
where
    M: Clone + Default + prometheus_client::registry::Metric,
{
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    pub(crate) fn count_message(&self, kind: Kind) {
        let kind = match kind {
            Kind::Start => "start",
            Kind::End => "end",
            Kind::Point => "point",
            Kind::New => "new",
        };
        self.messages.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a datagram or request that was refused; `reason` is one of a fixed set.
    pub(crate) fn count_refused(&self, input: Input, reason: &'static str) {
        let input = match input {
            Input::Udp => "udp",
            Input::Http => "http",
        };
        self.refused.get_or_create(&RefusedLabels { input, reason }).inc();
    }

    /// Everything as Prometheus reads it.
    ///
    /// # Errors
    /// None in practice: writing to a `String` does not fail.
    pub(crate) fn text(&self, contexts: usize, fold_bytes: usize) -> Result<String, fmt::Error> {
        self.contexts.set(i64::try_from(contexts).unwrap_or(i64::MAX));
        self.fold_bytes.set(fold_bytes as u64);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
