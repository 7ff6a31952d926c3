//! What the figures have to be.

use upto_bench_harness::goals::Limit::{AtLeast, AtMost};
use upto_bench_harness::goals::Quantity::{Highest, Median, RatioInRounds};
use upto_bench_harness::goals::{Goal, goal};

pub(crate) const GOALS: &[Goal] = &[
    goal("packets_rate", Median("ingest_packets_rate"), AtLeast(2_500_000.0)),
    // By CPU time, of which less is better, so it is the sink's over the server's. By rate it would be better than it is
    // whenever something disturbed the sink, which has no queue.
    goal("packets_to_sink", RatioInRounds("sink_packets_rate_cpu", "ingest_packets_rate_cpu"), AtLeast(0.25)),
    goal("packets_unaccounted", Highest("ingest_packets_unaccounted"), AtMost(0.0)),
    goal("steady_unaccounted", Highest("ingest_steady_unaccounted"), AtMost(0.0)),
    goal("steady_lost", Highest("ingest_steady_lost"), AtMost(0.0)),
    goal("singles_to_sink", RatioInRounds("sink_singles_cpu", "ingest_singles_cpu"), AtLeast(0.6)),
    goal("singles_unaccounted", Highest("ingest_singles_unaccounted"), AtMost(0.0)),
    goal("singles_lost_at_8_statsd", Highest("beside_statsd_lost"), AtMost(0.0)),
    goal("singles_lost_at_rsyslog", Highest("beside_rsyslog_lost"), AtMost(0.0)),
    // Half of what the server takes from UDP would be more.
    goal("handover_push_rate", Median("handover_push_rate"), AtLeast(200_000.0)),
    goal("handover_pull_rate", Median("handover_pull_rate"), AtLeast(200_000.0)),
    goal("handover_push_unaccounted", Highest("handover_push_unaccounted"), AtMost(0.0)),
    goal("handover_pull_unaccounted", Highest("handover_pull_unaccounted"), AtMost(0.0)),
    goal("disk_bytes_per_event", Median("stored_disk"), AtMost(8.0)),
    goal("disk_bytes_per_event_with_attribute", Median("stored_attribute_disk"), AtMost(12.0)),
    goal("memory_over_budget_mib", Highest("stored_memory_over_budget"), AtMost(100.0)),
    goal("memory_over_budget_mib_once_read", Highest("stored_memory_over_budget_read"), AtMost(100.0)),
    goal("memory_over_budget_mib_watched", Highest("watched_memory_over_budget"), AtMost(100.0)),
    goal("memory_over_budget_mib_asked", Highest("asked_memory_over_budget"), AtMost(100.0)),
    goal("memory_over_budget_mib_asked_at_once", Highest("asked_memory_over_budget_at_once"), AtMost(100.0)),
    goal("reopened_ms", Median("stored_reopened"), AtMost(200.0)),
    goal("timeline_10k_ms", Median("stored_timeline_10k"), AtMost(5.0)),
    goal("timeline_1m_ms", Median("stored_timeline_1m"), AtMost(400.0)),
    goal("redis_to_bare", RatioInRounds("redis_store", "redis_bare"), AtLeast(0.6)),
    goal("postgres_to_bare", RatioInRounds("postgres_store", "postgres_bare"), AtLeast(0.6)),
];
