//! A collector apart: nothing is lost while the server is away, and nothing is there twice.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::collector_client::CollectorClient;
use upto_server::probe::{Asked, ClusterSettings, CollectorConfig, CollectorTarget, HttpTarget, Kept};

use super::pages::{COUNT, Pages};
use super::{channel, run, runtime};
use crate::support::{Client, ServerProcess, TestServer, command};

/// For what takes half a minute, and longer on a machine that is busy.
const LONG: Duration = Duration::from_secs(120);

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

/// Clusters whose answers are numbered, a collector that asks them, and a server that is killed again and again.
struct Outages {
    folder: tempfile::TempDir,
    pages: Pages,
    client: Client,
    server: Option<ServerProcess>,
}

impl Outages {
    fn new() -> Self {
        let (folder, pages) = (tempfile::tempdir().expect("a folder"), Pages::start());
        pages.set("/", 200, COUNT);
        let server = server(folder.path(), "127.0.0.1:0");
        Outages { folder, pages, client: server.client.clone(), server: Some(server) }
    }

    /// Waits until the server has so many more probes of the cluster.
    fn get_more(&self, cluster: &str, count: u64) {
        let latest = || {
            let answer = self.client.get(&format!("/api/clusters/{cluster}"));
            (answer.status == 200).then(|| answer.json()["latest"]["number"].as_u64().unwrap_or_default())
        };
        let wanted = latest().unwrap_or_default() + count;
        self.client.eventually("probes", || latest().filter(|number| *number >= wanted));
    }

    /// Kills the server in the midst of what it does. It stays away until there were so many answers that it missed.
    fn outage(&mut self, missed: u64) {
        self.server.take().expect("it runs").kill();
        self.pages.wait_for(self.pages.count() + missed, LONG);
        let address = self.client.url.trim_start_matches("http://");
        self.server = Some(server(self.folder.path(), address));
    }

    /// Looks that the server has each answer that there was, once.
    fn nothing_is_lost_or_doubled(&self) {
        let (mut answers, mut unanswered) = (BTreeSet::new(), 0);
        for cluster in ["a", "b"] {
            let probes = all(&self.client, cluster);
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
        let missing = (1..=self.pages.count()).filter(|answer| !answers.contains(&as_figure(*answer)));
        let missing: Vec<_> = missing.collect();
        assert!(missing.len() <= unanswered + 2, "{missing:?} are missing, {unanswered} came too late");
        assert_eq!(self.client.counter("upto_probes_dropped_by_collectors_total"), 0);
    }
}

#[test]
fn killing_the_server_again_and_again_loses_no_probe_and_doubles_none() {
    let mut outages = Outages::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (target, clusters) = (target(&outages.client.url), clusters(&outages.pages));
    let config = CollectorConfig { name: "far".into(), target, clusters };
    let collector = runtime.block_on(config.start(|_| {})).expect("it starts");
    for round in 1..=3_u64 {
        outages.get_more("a", 10);
        outages.outage(10 * round);
    }
    outages.get_more("b", 5);
    let found = outages.client.json("/api/clusters/a");
    assert_eq!((&found["collector"], &found["state"]), (&"far".into(), &"up".into()));
    runtime.block_on(collector.shutdown());
    outages.nothing_is_lost_or_doubled();
}

#[test]
fn what_is_found_while_the_server_is_away_for_half_a_minute_is_there_once() {
    let mut outages = Outages::new();
    let file = outages.folder.path().join("upto.yaml");
    let url = &outages.pages.url;
    let about = format!(
        "connector: http-json, url: '{url}/', period: 100ms, timeout: 80ms, figures: {{count: /count}}"
    );
    let text = format!("clusters:\n- {{name: a, {about}}}\n- {{name: b, {about}}}\n");
    std::fs::write(&file, text).expect("written");
    let mut collector = RunningCollector::start(&outages.client.url, &file);
    outages.get_more("a", 10);
    let began = Instant::now();
    // Both are asked ten times in a second.
    outages.outage(620);
    assert!(began.elapsed() >= Duration::from_secs(30), "{:?}", began.elapsed());
    collector.tells("no probes are taken, and it is tried again and again");
    while !collector.notice().contains("upto-server: probes are taken") {}
    outages.get_more("a", 5);
    collector.end();
    outages.nothing_is_lost_or_doubled();
}

/// A collector as a process of its own, killed when this is dropped.
pub(super) struct RunningCollector {
    child: Child,
    notices: Lines<BufReader<ChildStderr>>,
}

impl RunningCollector {
    /// One that asks the clusters of this file, and has begun.
    pub(super) fn start(url: &str, file: &Path) -> Self {
        let mut command = command();
        command.args(["agent", "--collector", "--name", "far", "--server", url, "--config"]).arg(file);
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.expect("the server's binary");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        assert_eq!(said.next().expect("a line").expect("text"), format!("to {url}"));
        let notices = BufReader::new(child.stderr.take().expect("its errors")).lines();
        RunningCollector { child, notices }
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("told");
    }

    /// Waits for the next notice.
    fn notice(&mut self) -> String {
        self.notices.next().expect("a notice").expect("text")
    }

    /// The same, and it has to be this one.
    pub(super) fn tells(&mut self, expected: &str) {
        let notice = self.notice();
        assert!(notice.contains(expected), "{notice}");
    }

    /// Ends it, and it has to end well.
    fn end(mut self) {
        self.signal(Signal::TERM);
        assert!(self.child.wait().expect("its end").success());
    }
}

impl Drop for RunningCollector {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn as_figure(count: u64) -> u64 {
    f64::from(u32::try_from(count).expect("few")).to_bits()
}

fn described(cluster: &str) -> v1::Cluster {
    v1::Cluster { name: cluster.into(), connector: "c".into(), period: 1, ..v1::Cluster::default() }
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
            clusters: vec![described("a"), described("idle")],
            probes: numbers.iter().map(|number| delivered(*number, "a")).collect(),
        };
        for (numbers, dropped) in [(&[1, 2][..], 0), (&[1, 2, 3], 4), (&[3], 4)] {
            let reply = client.deliver(request(numbers, dropped)).await.expect("taken").into_inner();
            assert_eq!(Some(&reply.through), numbers.last());
        }
        let strange = v1::DeliverRequest { collector: "with spaces".into(), ..request(&[], 4) };
        let refused = client.deliver(strange).await.expect_err("that is no run");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    });
    assert_eq!(all(&server, "a").len(), 3);
    assert_eq!(server.get("/api/clusters/idle").status, 404, "nothing was brought of it");
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
            assert!(wrong.start(|_| {}).await.is_err());
        }
    });
}
