//! CockroachDB, as its endpoints are documented: no binary of it can be had where the tests run.

use std::time::Duration;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::probe::protocol::dbmon;
use upto_server::probe::protocol::dbmon::heal_check_client::HealCheckClient;
use upto_server::probe::{Asked, ClusterSettings, HttpTarget, Kept};
use upto_server::store::StoreUrl;

use super::pages::Pages;
use super::{channel, run};
use crate::support::TestServer;

const HEALTH: &str = "/health?ready=1";
const VARS: &str = "/_status/vars";
const NODES: &str = "/_status/nodes";

fn cluster(pages: &Pages) -> ClusterSettings {
    ClusterSettings {
        name: "orders".into(),
        period: Duration::from_secs(1),
        timeout: Duration::from_millis(950),
        kept: Kept::default(),
        asked: Asked::CockroachDb(HttpTarget::new(&pages.url)),
    }
}

fn good_pages() -> Pages {
    let pages = Pages::start();
    let node = json!({
        "desc": {"nodeId": 1}, "totalSystemMemory": "4000",
        "metrics": {
            "liveness.heartbeatlatency-p99": 2_000_000.5, "clock-offset.meannanos": -12.5, "sys.rss": 1_000,
            "liveness.livenodes": 1,
        },
        "storeStatuses": [{
            "desc": {"capacity": {"rangeCount": 42, "queriesPerSecond": 1.5}},
            "metrics": {
                "replicas": 42, "capacity": 1_000, "capacity.used": 250, "capacity.reserved": 0,
                "capacity.available": 750, "ranges.unavailable": 0,
            },
        }],
    });
    pages.set(HEALTH, 200, "{}");
    pages.set(VARS, 200, "ranges{store=\"1\"} 42\nranges_unavailable{store=\"1\"} 0\nqueue_gc_pending 3\n");
    pages.set(NODES, 200, json!({"nodes": [node]}).to_string());
    pages
}

fn watching(pages: &Pages) -> TestServer {
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).clusters([cluster(pages)]))
}

/// What is known of the cluster, once it is as `is_so` says.
fn eventually(server: &TestServer, is_so: impl Fn(&Value) -> bool) -> Value {
    server.eventually("a probe", || {
        let cluster = server.json("/api/clusters/orders");
        is_so(&cluster).then_some(cluster)
    })
}

#[test]
fn figures_are_of_all_three_endpoints() {
    let pages = good_pages();
    let server = watching(&pages);
    let cluster = eventually(&server, |cluster| cluster["state"] == "up");
    let figures = &cluster["latest"]["figures"];
    for (figure, value) in [
        ("ranges", json!(42.0)),
        ("nodes_up", json!(1.0)),
        ("tasks_pending", json!(3.0)),
        ("capacity_used_percent", json!(25.0)),
        ("memory_used_percent", json!(25.0)),
        ("queries_per_second", json!(1.5)),
        ("clock_offset_mean_seconds", json!(-0.000_000_012_5)),
    ] {
        assert_eq!(figures[figure], value, "{figure}: {figures}");
    }
    assert!(figures["round_trip_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{figures}");
    assert_eq!(cluster["latest"]["detail"][0]["MemoryAvailable"], 3_000);
}

#[test]
fn what_is_wrong_is_told_and_what_answers_is_shown_all_the_same() {
    let pages = good_pages();
    let server = watching(&pages);
    let is_problem = |state: &'static str, problem: &'static str| {
        move |cluster: &Value| {
            let told = cluster["latest"]["problem"].as_str().unwrap_or_default();
            cluster["state"] == state && told.contains(problem)
        }
    };
    pages.set(HEALTH, 503, "");
    let degraded = eventually(&server, is_problem("degraded", "takes no clients: the status is 503"));
    assert_eq!(degraded["latest"]["figures"]["ranges"], json!(42.0));
    pages.set(HEALTH, 200, "");
    // A secure cluster may want a session there.
    pages.set(NODES, 401, "");
    eventually(&server, |cluster| cluster["state"] == "up" && cluster["latest"]["detail"].is_null());
    pages.set(NODES, 200, "no JSON");
    eventually(&server, is_problem("degraded", "the nodes are no JSON"));
    // More than anybody wants to read.
    pages.set(HEALTH, 200, vec![b'x'; 100 << 20]);
    eventually(&server, is_problem("down", "over 8388608 bytes"));
}

#[test]
fn clients_of_dbmon_get_what_they_expect_and_take_it_away() {
    let pages = good_pages();
    let server = watching(&pages);
    super::eventually_probes(&server, "orders", 3);
    run(async {
        let mut client = HealCheckClient::new(channel(&server.url).await);
        let mut pull = async |count| {
            let request = dbmon::PullRequest { cluster_id: "orders".into(), nb_probes: count };
            client.pull(request).await.expect("an answer").into_inner()
        };
        let two = pull(2).await;
        assert_eq!((two.cluster_id.as_str(), two.probes.len()), ("orders", 2));
        let probe = &two.probes[0];
        assert_eq!((probe.cluster_id.as_str(), probe.status.as_str()), ("orders", "200"));
        let data = String::from_utf8(probe.data.clone()).expect("text");
        assert!(
            data.starts_with(r#"[{"ID":1,"Up":true,"Init":false,"Out":false,"Dead":false,"Ranges":42,"#),
            "{data}"
        );
        // Asking for more than there is gets what there is, and nothing twice.
        let rest = pull(1_000_000).await;
        assert!(!rest.probes.is_empty());
        let times: Vec<_> =
            two.probes.iter().chain(&rest.probes).map(|probe| probe.timestamp.clone()).collect();
        let mut distinct = times.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct, times);
        for name in ["", "nobody"] {
            let request = dbmon::PullRequest { cluster_id: name.into(), nb_probes: 0 };
            let status =
                HealCheckClient::new(channel(&server.url).await).pull(request).await.expect_err("none");
            let expected = format!("Cluster was not found : '{name}'");
            assert_eq!((status.code(), status.message()), (tonic::Code::NotFound, expected.as_str()));
        }
    });
}
