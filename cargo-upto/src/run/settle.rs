//! Waiting until the server has everything that was sent.

use std::thread;
use std::time::{Duration, Instant};

use crate::api::{Api, Timeline};
use crate::problem::Problem;

/// By then, what has not arrived is lost.
const DEADLINE: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// The timeline as soon as it is complete, or as it is at the deadline.
///
/// # Errors
/// The server does not answer.
pub(super) fn wait(api: &Api, timeline: &Timeline) -> Result<Timeline, Problem> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let now = api.again(timeline)?;
        if missing(&now).is_none() || Instant::now() >= deadline {
            return Ok(now);
        }
        thread::sleep(PAUSE);
    }
}

/// What is missing from it, for people; `None`: nothing, as far as anybody can tell. The event that spans
/// the build is the last one to end, so that one that is not there or open tells that others may follow.
pub(super) fn missing(timeline: &Timeline) -> Option<String> {
    let (events, loss) = (timeline.events, timeline.loss);
    if events.total == 0 {
        return Some("no event has arrived: is UPTO_SERVER where that server receives them?".to_owned());
    }
    let facts = [
        (events.open, "events still open:"),
        (loss.packets, "packets lost:"),
        (loss.dropped, "messages dropped:"),
    ];
    let facts = facts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what} {count}"));
    let facts = facts.collect::<Vec<_>>().join(", ");
    (!facts.is_empty()).then(|| format!("something is missing from the timeline: {facts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(total: u64, open: u64, packets: u64) -> Timeline {
        let json = serde_json::json!({
            "context": "build", "name": "1",
            "events": {"total": total, "open": open, "failed": 0},
            "loss": {"packets": packets, "messages": 0, "dropped": 0, "at_least": false},
            "_links": {"self": {"href": "a"}, "upto:context": {"href": "b"}, "upto:events": {"href": "c"}},
        });
        serde_json::from_value(json).expect("a timeline")
    }

    #[test]
    fn a_timeline_is_complete_when_nothing_is_open_or_lost() {
        assert_eq!(missing(&timeline(5, 0, 0)), None);
        assert!(missing(&timeline(0, 0, 0)).is_some_and(|missing| missing.contains("no event")));
        let missing = missing(&timeline(5, 2, 1)).expect("something is missing");
        assert_eq!(missing, "something is missing from the timeline: events still open: 2, packets lost: 1");
    }
}
