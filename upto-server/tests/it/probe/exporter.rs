//! The text page of Prometheus, of what really writes it: a node exporter, and this server itself.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use upto_server::Server;
use upto_server::probe::{Asked, ClusterSettings, HttpTarget, Kept, Series, Take};
use upto_server::store::StoreUrl;

use crate::support::TestServer;

/// A cluster whose text page is at this address.
pub(super) fn cluster(name: &str, url: &str) -> ClusterSettings {
    ClusterSettings {
        name: name.into(),
        period: Duration::from_millis(500),
        timeout: Duration::from_millis(400),
        kept: Kept::default(),
        asked: Asked::Prometheus { target: HttpTarget::new(url), series: Vec::new() },
    }
}

fn with_series(mut cluster: ClusterSettings, series: &[(&str, &str, Take)]) -> ClusterSettings {
    if let Asked::Prometheus { series: wanted, .. } = &mut cluster.asked {
        wanted.extend(series.iter().map(|(figure, selector, take)| Series {
            figure: (*figure).to_owned(),
            selector: selector.parse().expect("a selector"),
            take: *take,
        }));
    }
    cluster
}

/// Waits until the cluster is up; its figures.
fn figures(server: &TestServer, name: &str) -> serde_json::Value {
    let cluster = server.eventually("figures", || {
        let cluster = server.json(&format!("/api/clusters/{name}"));
        (cluster["state"] == "up").then_some(cluster)
    });
    cluster["latest"]["figures"].clone()
}

#[test]
fn the_server_can_watch_itself_and_others_of_its_kind() {
    let watched = TestServer::start();
    let page = format!("{}/metrics", watched.url);
    let series = [("contexts", "upto_contexts", Take::Sum), ("kinds", "upto_messages_total", Take::Count)];
    let own = with_series(cluster("own", &page), &series);
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).clusters([own]));
    let figures = figures(&server, "own");
    assert_eq!((figures["contexts"].as_f64(), figures["kinds"].as_f64()), (Some(0.0), Some(7.0)));
}

#[test]
fn a_series_that_is_not_there_is_told() {
    let watched = TestServer::start();
    let missing =
        with_series(cluster("own", &format!("{}/metrics", watched.url)), &[("x", "no_such", Take::Sum)]);
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).clusters([missing]));
    let problem = server.eventually("a probe", || {
        let own = server.json("/api/clusters/own");
        own["latest"]["problem"].as_str().map(str::to_owned)
    });
    assert_eq!(problem, "the page has nothing for x");
}

/// Debian's exporter, ended when this is dropped.
struct NodeExporter(Child);

impl Drop for NodeExporter {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_node_exporter_is_read() {
    // It does not tell which port it was given, so one that was free a moment ago has to do, and another if it is not.
    let (exporter, page) = (0..10).find_map(|_| node_exporter()).expect("a node exporter");
    let idle = r#"node_cpu_seconds_total{mode="idle"}"#;
    let series = [
        ("load", "node_load1", Take::Sum),
        ("idle_seconds", idle, Take::Max),
        ("memory_bytes", "node_memory_MemTotal_bytes", Take::Sum),
    ];
    let node = with_series(cluster("node", &page), &series);
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).clusters([node]));
    let figures = figures(&server, "node");
    drop(exporter);
    assert!(figures["memory_bytes"].as_f64().is_some_and(|bytes| bytes > 1e6), "{figures}");
    assert!(figures["idle_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{figures}");
    assert!(figures["samples"].as_f64().is_some_and(|samples| samples > 100.0), "{figures}");
}

/// An exporter that answers, and its page; `None`: somebody else has taken the port.
fn node_exporter() -> Option<(NodeExporter, String)> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let mut command = Command::new("prometheus-node-exporter");
    command.arg(format!("--web.listen-address={free}")).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("the tests of probes need a node exporter: run `make tools`");
    let (mut exporter, page) = (NodeExporter(child), format!("http://{free}/metrics"));
    loop {
        if exporter.0.try_wait().expect("asked").is_some() {
            return None;
        }
        if ureq::get(&page).call().is_ok() {
            return Some((exporter, page));
        }
        std::thread::yield_now();
    }
}
