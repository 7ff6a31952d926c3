//! `GET /_status/vars`: what one node tells of itself and its cluster.

use std::collections::BTreeMap;

use super::super::exposition::{Selector, Take, samples};

/// Figures, the series that they are of, and how several samples of one become one number.
const SERIES: [(&str, &str, Take); 5] = [
    ("ranges", "ranges", Take::Sum),
    ("replicas", "replicas", Take::Sum),
    ("ranges_unavailable", "ranges_unavailable", Take::Sum),
    ("nodes_up", "liveness_livenodes", Take::Max),
    ("queries_per_second", "rebalancing_queriespersecond", Take::Sum),
];

/// Queues of work that a node does by and by; each has a series `queue_NAME_pending`.
const QUEUE: (&str, &str) = ("queue_", "_pending");

/// The figures on a page, by their names: what is not on the page is not among them.
pub(crate) fn figures(page: &str) -> BTreeMap<&'static str, f64> {
    let samples: Vec<_> = samples(page).collect();
    let of = |series: &str, take| series.parse::<Selector>().ok()?.of(&samples, take);
    let mut figures: BTreeMap<_, _> =
        SERIES.into_iter().filter_map(|(name, series, take)| Some((name, of(series, take)?))).collect();
    let percent = |used: &str, all: &str| {
        let all = of(all, Take::Sum).filter(|all| *all > 0.0)?;
        Some(100.0 * of(used, Take::Sum)? / all)
    };
    let is_queue = |name: &str| name.starts_with(QUEUE.0) && name.ends_with(QUEUE.1);
    let waiting = samples.iter().filter(|sample| is_queue(sample.name)).map(|sample| sample.value);
    let seconds = |series| Some(of(series, Take::Max)? / 1e9);
    let derived = [
        ("capacity_bytes", of("capacity", Take::Sum)),
        ("capacity_used_percent", percent("capacity_used", "capacity")),
        ("clock_offset_mean_seconds", seconds("clock_offset_meannanos")),
        ("tasks_pending", waiting.reduce(|sum, value| sum + value)),
    ];
    figures.extend(derived.into_iter().filter_map(|(name, value)| Some((name, value?))));
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# TYPE ranges gauge\nranges{store=\"1\"} 40\nranges{store=\"2\"} 2\nreplicas{store=\"1\"} 44\n\
        ranges_unavailable{store=\"1\"} 1\ncapacity{store=\"1\"} 1e3\ncapacity_used{store=\"1\"} 250\n\
        liveness_livenodes 3\nclock_offset_meannanos -1500\nqueue_gc_pending{store=\"1\"} 2\n\
        queue_replicate_pending{store=\"1\"} 5\nqueue_gc_processingnanos 9\nbroken{ 1\n";

    #[test]
    fn figures_are_summed_over_stores() {
        let figures = figures(PAGE);
        let expected = [
            ("capacity_bytes", 1000.0),
            ("capacity_used_percent", 25.0),
            ("clock_offset_mean_seconds", -0.000_001_5),
            ("nodes_up", 3.0),
            ("ranges", 42.0),
            ("ranges_unavailable", 1.0),
            ("replicas", 44.0),
            ("tasks_pending", 7.0),
        ];
        assert_eq!(figures, BTreeMap::from(expected));
    }

    #[test]
    fn what_is_not_told_is_not_made_up() {
        assert_eq!(super::figures("up 1\n"), BTreeMap::new());
    }
}
