//! What the server counts of itself, for `/metrics`.

mod fleet;
mod kernel;
mod probes;
mod refusals;
mod sessions;
mod watch;

use std::collections::BTreeMap;
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
use self::probes::ProbeMetrics;
use self::refusals::Refusals;
use crate::fleet::Fleet;
use crate::input::KernelDrops;

pub(crate) use self::refusals::Input;
pub(crate) use self::sessions::SessionMetrics;
pub(crate) use self::watch::WatchMetrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// All counters.
pub(crate) struct Metrics {
    registry: Registry,
    messages: MessageCounters,
    refusals: Refusals,
    /// Datagrams received, and taken or refused since.
    pub(crate) datagrams: Counter,
    /// Records of unknown types, left out of packets that were taken.
    pub(crate) records_unknown: Counter,
    /// What sessions sent, and what of it came.
    pub(crate) sessions: SessionMetrics,
    /// Clusters, and what was found out about them.
    pub(crate) probes: ProbeMetrics,
    /// Heartbeats, pings and alerts.
    pub(crate) watch: WatchMetrics,
    /// What the system dropped.
    pub(crate) kernel_drops: Arc<KernelDrops>,
    /// Commits to the store.
    pub(crate) commits: Counter,
    /// Commits that the store refused and that were tried again.
    pub(crate) commit_failures: Counter,
    /// Marks that were taken and could not be stored, because what is in the store of their timeline is damaged.
    pub(crate) marks_unstorable: Counter,
    /// Readers of live streams at present.
    pub(crate) live_readers: Gauge,
    /// Readers of live streams that did not take what they were told, and were cut off.
    pub(crate) live_readers_slow: Counter,
    /// Timelines removed because they were over a limit of what is kept.
    pub(crate) timelines_removed: Counter,
    contexts: Gauge,
    fold_bytes: Gauge<u64, AtomicU64>,
    waiting_bytes: Gauge<u64, AtomicU64>,
    open_events_forgotten: Gauge<u64, AtomicU64>,
    damaged_documents: Gauge<u64, AtomicU64>,
}

/// Messages taken: their counters are at hand, since a message is too little work to look one up for it.
struct MessageCounters {
    start: Counter,
    end: Counter,
    point: Counter,
    new: Counter,
    pulse: Counter,
    cancel: Counter,
    log: Counter,
}

impl MessageCounters {
    fn registered(registry: &mut Registry) -> Self {
        let family: Family<KindLabel, Counter> = registered(registry, "messages", "Messages taken, by kind");
        let of = |kind| family.get_or_create_owned(&KindLabel { kind });
        MessageCounters {
            start: of("start"),
            end: of("end"),
            point: of("point"),
            new: of("new"),
            pulse: of("pulse"),
            cancel: of("cancel"),
            log: of("log"),
        }
    }
}

/// What others know, as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// How many contexts there are.
    pub(crate) contexts: usize,
    /// Bytes of the timelines in memory.
    pub(crate) fold_bytes: usize,
    /// Bytes of what was received and is not in the store.
    pub(crate) waiting_bytes: usize,
    /// Open events of timelines that were thrown out of memory and that there was no room to remember.
    pub(crate) open_events_forgotten: u64,
    /// Documents in the store that can't be read.
    pub(crate) damaged_documents: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("upto");
        let metrics = Metrics {
            messages: MessageCounters::registered(&mut registry),
            refusals: Refusals::registered(&mut registry),
            datagrams: registered(&mut registry, "datagrams", "Datagrams received, and taken or refused"),
            records_unknown: registered(
                &mut registry,
                "records_unknown",
                "Records of unknown types, left out of packets that were taken",
            ),
            sessions: SessionMetrics::registered(&mut registry),
            probes: ProbeMetrics::registered(&mut registry),
            watch: WatchMetrics::registered(&mut registry),
            kernel_drops: Arc::default(),
            commits: registered(&mut registry, "commits", "Commits to the store"),
            commit_failures: registered(&mut registry, "commit_failures", "Commits that the store refused"),
            marks_unstorable: registered(
                &mut registry,
                "marks_unstorable",
                "Marks that were taken and left out, because their timeline is damaged in the store",
            ),
            live_readers: registered(&mut registry, "live_readers", "Readers of live streams at present"),
            live_readers_slow: registered(
                &mut registry,
                "live_readers_slow",
                "Readers of live streams that did not take what they were told, and were cut off",
            ),
            timelines_removed: registered(
                &mut registry,
                "timelines_removed",
                "Timelines removed because they were over a limit of what is kept",
            ),
            contexts: registered(&mut registry, "contexts", "Contexts known"),
            fold_bytes: registered(
                &mut registry,
                "fold_bytes",
                "Bytes of the timelines in memory, estimated",
            ),
            open_events_forgotten: registered(
                &mut registry,
                "open_events_forgotten",
                "Open events that were not remembered when their timelines were thrown out of memory, so far",
            ),
            damaged_documents: registered(
                &mut registry,
                "damaged_documents",
                "Documents in the store that could not be read when they were read last",
            ),
            waiting_bytes: registered(
                &mut registry,
                "waiting_bytes",
                "Bytes that were received and are not in the store yet, estimated",
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
    /// Counts messages that were taken, by their kinds.
    pub(crate) fn count_messages(&self, kinds: impl Iterator<Item = Kind>) {
        let [mut starts, mut ends, mut points, mut news] = [0_u64; 4];
        let [mut pulses, mut cancels, mut logs] = [0_u64; 3];
        for kind in kinds {
            *match kind {
                Kind::Start => &mut starts,
                Kind::End => &mut ends,
                Kind::Point => &mut points,
                Kind::New => &mut news,
                Kind::Pulse => &mut pulses,
                Kind::Cancel => &mut cancels,
                Kind::Log => &mut logs,
            } += 1;
        }
        let MessageCounters { start, end, point, new, pulse, cancel, log } = &self.messages;
        let marks = [(start, starts), (end, ends), (point, points), (new, news)];
        let counted = marks.into_iter().chain([(pulse, pulses), (cancel, cancels), (log, logs)]);
        counted.into_iter().filter(|(_, count)| *count > 0).for_each(|(counter, count)| {
            counter.inc_by(count);
        });
    }

    /// Counts datagrams or requests that were refused; `reason` is one of a fixed set.
    pub(crate) fn count_refused(&self, input: Input, reason: &'static str, count: u64) {
        self.refusals.count(input, reason, count);
    }

    /// How many were refused, by reason.
    pub(crate) fn refused(&self, input: Input) -> BTreeMap<&'static str, u64> {
        self.refusals.of(input)
    }

    /// Everything as Prometheus reads it, with what is known of a fleet.
    ///
    /// # Errors
    /// None in practice: writing to a `String` does not fail.
    pub(crate) fn text(&self, gauges: Gauges, fleet: Option<&Fleet>) -> Result<String, fmt::Error> {
        let Gauges { contexts, fold_bytes, waiting_bytes, open_events_forgotten, damaged_documents } = gauges;
        self.damaged_documents.set(damaged_documents as u64);
        self.open_events_forgotten.set(open_events_forgotten);
        self.contexts.set(i64::try_from(contexts).unwrap_or(i64::MAX));
        self.fold_bytes.set(fold_bytes as u64);
        self.waiting_bytes.set(waiting_bytes as u64);
        let mut text = String::new();
        text::encode_registry(&mut text, &self.registry)?;
        fleet.map_or(Ok(()), |fleet| fleet::write(&mut text, fleet))?;
        text::encode_eof(&mut text)?;
        Ok(text)
    }
}
