//! What an `upto-server` says over its API.

use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;

/// How long an answer may take: it may have to read a timeline of ten million events.
const TIMEOUT: Duration = Duration::from_secs(120);

/// An answer may be all events of a large timeline.
const ANSWER_BYTES: u64 = 1 << 30;

/// A running server's API.
#[derive(Clone, Debug)]
pub struct Api {
    url: String,
    agent: ureq::Agent,
}

/// What a server says of the newest timeline of its only context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Events that it has.
    pub events: u64,
    /// Packets that were taken.
    pub packets: u64,
    /// Messages in those.
    pub messages: u64,
    /// Packets that were sent and not taken.
    pub lost_packets: u64,
    /// Messages in those.
    pub lost_messages: u64,
    /// Messages that the sender dropped.
    pub dropped: u64,
    /// The server does not know whether that is all.
    pub is_in_doubt: bool,
}

impl Api {
    /// That of the server at `url`, which has a scheme, a host and a port. Nothing is asked yet.
    #[must_use]
    pub fn new(url: String) -> Self {
        let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build().into();
        Api { url, agent }
    }

    /// What it says of its only context's newest timeline.
    ///
    /// # Errors
    /// It does not answer, or has no context.
    pub fn timeline(&self) -> Result<Timeline, Failure> {
        // From the root over the links, as the API wants to be read.
        let root = self.json("/api")?;
        let contexts = self.json(link(&root, "/_links/upto:contexts/href")?)?;
        let resource = self.json(link(&contexts, "/_embedded/item/0/_links/upto:latest/href")?)?;
        read(&resource).ok_or(Failure::Missing("the timeline lacks a number"))
    }

    /// A counter of its metrics, added up over all its labels.
    ///
    /// # Errors
    /// It does not answer.
    pub fn counter(&self, name: &str) -> Result<u64, Failure> {
        Ok(sum_of(&self.text("/metrics")?, name))
    }

    /// The resource at a path.
    ///
    /// # Errors
    /// There is none, or the server does not answer.
    pub fn json(&self, path: &str) -> Result<Value, Failure> {
        Ok(serde_json::from_str(&self.text(path)?)?)
    }

    /// What stands at a path.
    ///
    /// # Errors
    /// Nothing does, or the server does not answer.
    pub fn text(&self, path: &str) -> Result<String, Failure> {
        let answer = self.agent.get(format!("{}{path}", self.url)).call();
        let text = answer
            .and_then(|mut answer| answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_string());
        text.map_err(Failure::peer("upto-server"))
    }
}

/// `None` if a number is missing.
fn read(timeline: &Value) -> Option<Timeline> {
    let number = |place| timeline.pointer(place)?.as_u64();
    Some(Timeline {
        events: number("/events/total")?,
        packets: number("/received/packets")?,
        messages: number("/received/messages")?,
        lost_packets: number("/loss/packets")?,
        lost_messages: number("/loss/messages")?,
        dropped: number("/loss/dropped")?,
        is_in_doubt: timeline.pointer("/loss/at_least")?.as_bool()?,
    })
}

fn link<'a>(resource: &'a Value, place: &str) -> Result<&'a str, Failure> {
    resource.pointer(place).and_then(Value::as_str).ok_or(Failure::Missing("a link of the API"))
}

/// A counter of a text for Prometheus, over all its labels.
fn sum_of(metrics: &str, counter: &str) -> u64 {
    let of_line = |line: &str| {
        let rest = line.strip_prefix(counter)?;
        let is_it = rest.starts_with([' ', '{']);
        rest.rsplit(' ').next().filter(|_| is_it)?.parse::<u64>().ok()
    };
    metrics.lines().filter_map(of_line).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_timeline_has_all_its_numbers_or_is_none() {
        let mut resource = json!({
            "events": {"total": 1}, "received": {"packets": 2, "messages": 3},
            "loss": {"packets": 4, "messages": 5, "dropped": 6, "at_least": true},
        });
        let (packets, messages, lost_packets, lost_messages) = (2, 3, 4, 5);
        let timeline = Timeline {
            events: 1,
            packets,
            messages,
            lost_packets,
            lost_messages,
            dropped: 6,
            is_in_doubt: true,
        };
        assert_eq!(read(&resource), Some(timeline));
        resource["loss"]["messages"] = Value::Null;
        assert_eq!(read(&resource), None);
    }

    #[test]
    fn a_counter_is_added_up_over_its_labels() {
        let metrics = "# TYPE upto_messages counter\nupto_messages_total{kind=\"end\"} 3\n\
                       upto_messages_total{kind=\"start\"} 4\nupto_messages_total_other 9\nupto_x_total 1\n";
        assert_eq!(sum_of(metrics, "upto_messages_total"), 7);
        assert_eq!(sum_of(metrics, "upto_x_total"), 1);
        assert_eq!(sum_of(metrics, "upto_y_total"), 0);
    }
}
