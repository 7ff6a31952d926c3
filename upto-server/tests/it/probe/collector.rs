//! A collector apart: nothing is lost while the server is away, and nothing is there twice.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::collector_client::CollectorClient;
use upto_server::probe::{Asked, ClusterSettings, CollectorConfig, CollectorTarget, HttpTarget, Kept};

use super::pages::{COUNT, Pages};
use super::{channel, run, runtime};
use crate::support::{Client, ServerProcess, TestServer, command};

fn clusters(pages: &Pages) -> Vec<ClusterSettings> {
    ["a", "b"].map(|name| cluster(name, pages)).into()
}

fn cluster(name: &str, pages: &Pages) -> ClusterSettings {
    let target = HttpTarget::new(format!("{}/", pages.url));
    ClusterSettings {
        name: name.into(),
        period: Duration::from_millis(100),
        timeout: Duration::from_millis(80),
        kept: Kept::default(),
        asked: Asked::HttpJson { target, figures: vec![("count".into(), "/count".into())], expected: vec![] },
    }
}

fn target(url: &str) -> CollectorTarget {
    CollectorTarget { url: url.into(), token: None, ca: None, identity: None, buffer_bytes: 16 << 20 }
}

/// A server on the store in `folder` at this address.
fn server(folder: &Path, http: &str) -> ServerProcess {
    let mut command = command();
    command.arg("--data").arg(folder).args(["--udp", "127.0.0.1:0", "--http", http]);
    ServerProcess::spawned(&mut command)
}

/// All probes of a cluster: their numbers, and the numbers of the answers that they are of, if there was one.
fn all(client: &Client, cluster: &str) -> Vec<(u64, Option<f64>)> {
    let mut probes = Vec::new();
    let mut next = Some(format!("/api/clusters/{cluster}/probes?limit=50"));
    while let Some(path) = next {
        let page = client.json(&path);
        for probe in page["_embedded"]["item"].as_array().expect("items") {
            probes.push((probe["number"].as_u64().expect("a number"), probe["figures"]["count"].as_f64()));
        }
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    probes.reverse();
    probes
}

#[test]
fn killing_the_server_loses_no_probe_and_doubles_none() {
    let (folder, pages) = (tempfile::tempdir().expect("a folder"), Pages::start());
    pages.set("/", 200, COUNT);
    let first = server(folder.path(), "127.0.0.1:0");
    let (url, client) = (first.client.url.clone(), first.client.clone());
    let address: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let config = CollectorConfig { name: "far".into(), target: target(&url), clusters: clusters(&pages) };
    let collector = runtime.block_on(async { config.start(|_| {}) }).expect("it starts");
    let latest = |client: &Client, cluster: &str| {
        let answer = client.get(&format!("/api/clusters/{cluster}"));
        (answer.status == 200).then(|| answer.json()["latest"]["number"].as_u64().unwrap_or_default())
    };
    let mut server = Some(first);
    for round in 1..=3_u64 {
        let wanted = latest(&client, "a").unwrap_or_default() + 10;
        client.eventually("probes", || latest(&client, "a").filter(|number| *number >= wanted));
        // In the midst of what it does.
        server.take().expect("it runs").kill();
        // It stays away until there is something that it missed.
        let missed = pages.count();
        client.eventually("probes while it is away", || (pages.count() >= missed + 10 * round).then_some(()));
        server = Some(self::server(folder.path(), &address.to_string()));
    }
    let wanted = latest(&client, "b").unwrap_or_default() + 5;
    client.eventually("probes", || latest(&client, "b").filter(|number| *number >= wanted));
    let found = client.json("/api/clusters/a");
    assert_eq!((&found["collector"], &found["state"]), (&"far".into(), &"up".into()));
    runtime.block_on(collector.shutdown());
    let (mut answers, mut unanswered) = (BTreeSet::new(), 0);
    for cluster in ["a", "b"] {
        let probes = all(&client, cluster);
        let numbers: Vec<_> = probes.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        for (_, answer) in probes {
            match answer {
                Some(answer) => {
                    assert!(answers.insert(answer.to_bits()), "the answer {answer} is there twice");
                }
                None => unanswered += 1,
            }
        }
    }
    // An answer that came too late is told as none. Each cluster may have been in the midst of one at the end.
    let missing = (1..=pages.count()).filter(|answer| !answers.contains(&as_figure(*answer)));
    let missing: Vec<_> = missing.collect();
    assert!(missing.len() <= unanswered + 2, "{missing:?} are missing, {unanswered} came too late");
    assert_eq!(client.counter("upto_probes_dropped_by_collectors_total"), 0);
}

fn as_figure(count: u64) -> u64 {
    f64::from(u32::try_from(count).expect("few")).to_bits()
}

fn delivered(number: u64, cluster: &str) -> v1::Delivered {
    let probe = v1::Probe { cluster: cluster.into(), state: v1::State::Up.into(), ..v1::Probe::default() };
    v1::Delivered { number, probe: Some(probe) }
}

#[test]
fn what_is_delivered_again_is_there_once_and_what_was_dropped_is_counted() {
    let server = TestServer::start();
    run(async {
        let mut client = CollectorClient::new(channel(&server.url).await);
        let request = |numbers: &[u64], dropped| v1::DeliverRequest {
            collector: "run1".into(),
            name: "far".into(),
            dropped,
            clusters: vec![v1::Cluster { name: "a".into(), connector: "c".into(), period: 1 }],
            probes: numbers.iter().map(|number| delivered(*number, "a")).collect(),
        };
        for (numbers, dropped) in [(&[1, 2][..], 0), (&[1, 2, 3], 4), (&[3], 4)] {
            let reply = client.deliver(request(numbers, dropped)).await.expect("taken").into_inner();
            assert_eq!(Some(&reply.through), numbers.last());
        }
        let strange = v1::DeliverRequest { probes: vec![delivered(9, "other")], ..request(&[], 4) };
        let refused = client.deliver(strange).await.expect_err("it is not described");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    });
    assert_eq!(all(&server, "a").len(), 3);
    assert_eq!(server.counter("upto_probes_dropped_by_collectors_total"), 4);
}

#[test]
fn a_collector_that_is_told_something_wrong_does_not_start() {
    let pages = Pages::start();
    let config = |url: &str, ca: Option<&str>| {
        let target = CollectorTarget { ca: ca.map(Into::into), ..target(url) };
        CollectorConfig { name: "far".into(), target, clusters: clusters(&pages) }
    };
    runtime().block_on(async {
        for wrong in [config("ftp://h", None), config("https://h", Some("/nowhere/ca.pem"))] {
            assert!(wrong.start(|_| {}).is_err());
        }
    });
}
