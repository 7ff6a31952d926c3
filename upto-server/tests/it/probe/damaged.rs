//! What is in the store of some clusters is damaged: nothing can be added to it, and all others must not suffer.

use std::sync::Arc;

use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::MemoryStore;

use super::{counting_beside, eventually_probes};
use crate::damaged_streams::Damages;
use crate::support::TestServer;
use crate::wrapped_store::Wrapped;

/// The number of the latest probe.
fn latest(server: &TestServer, cluster: &str) -> u64 {
    server.json(&format!("/api/clusters/{cluster}"))["latest"]["number"].as_u64().expect("a number")
}

#[test]
fn a_segment_that_cannot_be_added_to_is_followed_by_another_and_a_cluster_without_any_stops_no_other() {
    let inner = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
    let store = Arc::new(Wrapped { inner, rule: Damages::default() });
    let builder = Server::builder().opened_store(store.clone());
    let server = TestServer::start_with(counting_beside(counting_beside(builder, "bad"), "good"));
    eventually_probes(&server, "bad", 2);
    // The first segment: what comes is stored in the next one.
    store.rule.set(&["probes/bad/00000000000000000001"]);
    let before = latest(&server, "bad");
    eventually_probes(&server, "bad", before + 3);
    let page = server.json("/api/clusters/bad/probes?limit=500");
    let probes = page["_embedded"]["item"].as_array().expect("probes");
    let counts: Vec<_> = probes.iter().rev().map(|probe| probe["figures"]["count"].as_f64()).collect();
    let expected: Vec<_> = (0_u32..).take(probes.len()).map(|count| Some(f64::from(count))).collect();
    assert_eq!(counts, expected, "no probe is lost");
    // All of them: the other cluster goes on.
    store.rule.set(&["probes/bad/"]);
    server.eventually("given up", || (server.counter("upto_probes_dropped_total") > 0).then_some(()));
    let before = latest(&server, "good");
    eventually_probes(&server, "good", before + 3);
    store.rule.set(&[]);
    let before = latest(&server, "bad");
    eventually_probes(&server, "bad", before + 2);
}
