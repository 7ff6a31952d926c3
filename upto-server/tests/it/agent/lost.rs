//! What a spool can't keep is counted, and shown where it is missing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use upto::wire::Kind;
use upto_server::agent::Agent;
use upto_server::clock::ManualClock;

use super::{TestAgent, folder, nobody, packet, single, target};
use crate::support::{Client, TestServer};

const TIMELINE: &str = "/api/contexts/c/timelines/t";
const HOUR: Duration = Duration::from_secs(3_600);

/// Messages for the timeline, each of about so many bytes.
fn messages(names: std::ops::Range<u64>, bytes: usize) -> String {
    let text = "x".repeat(bytes);
    let message = |id: u64| json!({"type": "event", "context": "c", "timeline": "t", "name": "n", "id": id + 1, "time": 1, "text": text});
    json!(names.map(message).collect::<Vec<_>>()).to_string()
}

fn post(agent: &Client, body: &str) {
    let answer = agent.request("POST", "/api/events", "application/json", body.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// Waits until the server has so many events of the timeline, and misses so many packets, messages in those, and others.
fn stands(server: &Client, events: u64, lost: [u64; 3]) {
    server.eventually("events and loss", || {
        let answer = server.get(TIMELINE);
        let timeline = (answer.status == 200).then(|| answer.json())?;
        let loss = &timeline["loss"];
        let is_lost =
            ["packets", "messages", "dropped"].iter().zip(lost).all(|(key, count)| loss[key] == count);
        (timeline["events"]["total"] == events && is_lost).then_some(())
    });
}

/// Waits until the server says that so many messages of its only agent were lost, and so many taken.
fn is_told(server: &Client, lost: u64, messages: u64) {
    server.eventually("what was lost of the agent", || {
        let told = server.json("/api/agents")["_embedded"]["item"][0].clone();
        (told["lost"] == lost && told["messages"] == messages).then_some(())
    });
}

#[test]
fn the_oldest_of_a_spool_that_is_full_are_dropped_and_told_as_lost() {
    let (spool, server) = (folder(), TestServer::start());
    // A sixteenth is dropped at a time.
    let bounds = |agent: upto_server::agent::AgentBuilder| agent.bounds(1 << 20, 24 * HOUR);
    let agent = TestAgent::start(bounds(Agent::builder(spool.path())));
    for number in 0..30 {
        post(&agent, &messages(number * 10..number * 10 + 10, 6_000));
    }
    let kept = agent.eventually("the bounds", || {
        let told = agent.json("/api/spool");
        (told["bytes"].as_u64()? <= 1 << 20).then(|| told["messages"].as_u64()).flatten()
    });
    assert!(kept > 100 && kept < 200, "{kept}");
    agent.stop();
    let agent = TestAgent::start(bounds(Agent::builder(spool.path()).target(target(&server.url))));
    stands(&server, kept, [0, 0, 300 - kept]);
    let events = server.events(TIMELINE);
    let smallest = events.iter().filter_map(|event| event["id"].as_u64()).min();
    assert_eq!(smallest, Some(301 - kept), "the oldest are gone");
    is_told(&server, 300 - kept, kept);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}

#[test]
fn packets_that_were_dropped_are_counted_by_their_session() {
    let (spool, server) = (folder(), TestServer::start());
    let clock = Arc::new(ManualClock::new(1_800_000_000_000_000_000));
    let agent = |url: &str| {
        let builder = Agent::builder(spool.path()).bounds(1 << 30, HOUR).clock(clock.clone());
        TestAgent::start(builder.target(target(url)))
    };
    let nobody = agent(&nobody());
    nobody.send(&packet(7, 0, 0..4));
    nobody.send(&packet(7, 1, 4..6));
    nobody.send(&single("other", Kind::Point, Some(1)));
    nobody.eventually("they are spooled", || (nobody.backlog() == 7).then_some(()));
    // Another run begins another segment.
    nobody.stop();
    clock.advance(2 * HOUR);
    let reached = agent(&server.url);
    reached.send(&packet(7, 2, 6..9));
    stands(&server, 3, [2, 6, 0]);
    is_told(&server, 7, 3);
}

#[test]
fn what_was_dropped_is_told_also_when_nothing_follows() {
    let (spool, server) = (folder(), TestServer::start());
    let clock = Arc::new(ManualClock::new(1_800_000_000_000_000_000));
    let builder = || Agent::builder(spool.path()).bounds(1 << 30, HOUR).clock(clock.clone());
    let agent = TestAgent::start(builder());
    agent.send(&packet(7, 3, 0..4));
    post(&agent, &messages(10..15, 1));
    agent.eventually("they are spooled", || (agent.backlog() == 9).then_some(()));
    agent.stop();
    clock.advance(2 * HOUR);
    let agent = TestAgent::start(builder().target(target(&server.url)));
    stands(&server, 0, [1, 4, 5]);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}
