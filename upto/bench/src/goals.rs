//! What the figures have to be.

use upto_bench_harness::goals::Limit::{AtLeast, AtMost};
use upto_bench_harness::goals::Quantity::{Highest, Lowest, Median, RatioInRounds};
use upto_bench_harness::goals::{Goal, goal};

pub(crate) const GOALS: &[Goal] = &[
    goal("event_to_fastrace", RatioInRounds("upto_event", "fastrace"), AtMost(0.5)),
    goal(
        "event_to_fastrace_2_threads",
        RatioInRounds("upto_event_2_threads", "fastrace_2_threads"),
        AtMost(0.5),
    ),
    goal("attribute_to_fastrace_property", RatioInRounds("upto_attribute", "fastrace_property"), AtMost(0.6)),
    goal("async_to_fastrace_async", RatioInRounds("upto_async", "fastrace_async"), AtMost(0.6)),
    goal("full_to_fastrace", RatioInRounds("upto_full", "fastrace"), AtMost(1.0)),
    goal("layer_to_tracing_noop", RatioInRounds("upto_layer", "tracing_noop"), AtMost(1.4)),
    goal(
        "layer_to_tracing_opentelemetry",
        RatioInRounds("upto_layer", "tracing_opentelemetry"),
        AtMost(0.12),
    ),
    goal("subscriber_to_fastrace", RatioInRounds("upto_subscriber", "fastrace"), AtMost(0.8)),
    goal("off_over_plain_ns", Median("upto_off_over_plain"), AtMost(0.5)),
    goal("off_scope_over_plain_ns", Median("upto_off_scope_over_plain"), AtMost(0.5)),
    goal("off_err_over_plain_ns", Median("upto_off_err_over_plain"), AtMost(0.5)),
    goal("off_async_over_plain_ns", Median("upto_off_async_over_plain"), AtMost(0.5)),
    goal("off_event_call_over_plain_ns", Median("upto_off_event_call_over_plain"), AtMost(0.5)),
    goal("off_point_over_plain_ns", Median("upto_off_point_over_plain"), AtMost(0.5)),
    goal("latency_of_a_start_ms", Median("upto_latency_p99"), AtMost(10.0)),
    // The lowest: its thread shares caches and the core with the load and with the neighbours, and nothing makes it faster.
    goal("flusher_cpu_ns", Lowest("flusher_cpu"), AtMost(150.0)),
    goal("flusher_idle_wakeups", Highest("flusher_idle"), AtMost(0.0)),
    goal("delivery_arrived_percent", Lowest("delivery_arrived"), AtLeast(99.9)),
    goal("delivery_unaccounted", Highest("delivery_unaccounted"), AtMost(0.0)),
    goal("one_core_rate", Lowest("one_core_rate"), AtLeast(990_000.0)),
    goal("one_core_arrived_percent", Median("one_core_arrived"), AtLeast(90.0)),
    goal("one_core_unaccounted", Highest("one_core_unaccounted"), AtMost(0.0)),
];
