//! Certificates on both sides: `upto-server pki` makes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use upto_server::doors::{DoorSettings, TlsFiles};
use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::collector_client::CollectorClient;
use upto_server::probe::protocol::v1::probes_client::ProbesClient;
use upto_server::probe::{CollectorConfig, CollectorTarget};

use super::{counting, pull, run};
use crate::support::{TestServer, command};

/// A folder of certificates.
struct Pki(tempfile::TempDir);

impl Pki {
    fn new() -> Self {
        let pki = Pki(tempfile::tempdir().expect("a folder"));
        pki.run(&["init"]);
        pki
    }

    fn run(&self, words: &[&str]) {
        let mut pki: Command = command();
        let output = pki.arg("pki").args(words).arg("--dir").arg(self.0.path()).output();
        let output = output.expect("the server's binary");
        assert!(output.status.success(), "{output:?}");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A certificate and its key.
    fn both(&self, name: &str) -> (PathBuf, PathBuf) {
        (self.file(&format!("{name}.pem")), self.file(&format!("{name}-key.pem")))
    }

    fn server(&self) -> TestServer {
        self.run(&["issue", "server", "--host", "localhost,127.0.0.1"]);
        let (certificate, key) = self.both("server");
        let mut doors = DoorSettings::default();
        doors.tls = Some(TlsFiles { certificate, key });
        doors.client_ca = Some(self.file("ca.pem"));
        TestServer::start_with(counting("shop").doors(doors))
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

/// A connection with this certificate, trusting that authority.
async fn connect(
    server: &TestServer,
    authority: &Path,
    identity: Option<(PathBuf, PathBuf)>,
) -> Result<tonic::transport::Channel, tonic::transport::Error> {
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(authority)));
    let tls = match identity {
        Some((certificate, key)) => tls.identity(Identity::from_pem(read(&certificate), read(&key))),
        None => tls,
    };
    Endpoint::from_shared(server.url.clone())?.tls_config(tls)?.connect().await
}

#[test]
fn a_certificate_lets_in_as_far_as_it_says() {
    let pki = Pki::new();
    let server = pki.server();
    pki.run(&["issue", "reader", "--scope", "read", "--for", "sh*"]);
    run(async {
        let authority = pki.file("ca.pem");
        let channel = connect(&server, &authority, Some(pki.both("reader"))).await.expect("let in");
        let mut client = ProbesClient::new(channel.clone());
        client.pull(pull("shop", 0, 0)).await.expect("it may read this one");
        let other = client.pull(pull("other", 0, 0)).await.expect_err("not for this one");
        assert_eq!(other.code(), Code::PermissionDenied);
        let deliver = CollectorClient::new(channel).deliver(v1::DeliverRequest::default()).await;
        assert_eq!(deliver.expect_err("it may not send").code(), Code::PermissionDenied);
        let nobody = connect(&server, &authority, None).await.expect("a connection");
        let refused = ProbesClient::new(nobody).pull(pull("shop", 0, 0)).await.expect_err("no certificate");
        assert_eq!(refused.code(), Code::Unauthenticated);
    });
}

#[test]
fn a_certificate_of_somebody_else_is_refused_on_either_side() {
    let (pki, other) = (Pki::new(), Pki::new());
    let server = pki.server();
    other.run(&["issue", "reader", "--scope", "read"]);
    run(async {
        let channel = connect(&server, &pki.file("ca.pem"), Some(other.both("reader"))).await;
        // With TLS 1.3 a client may learn it with its first request only.
        let refused = match channel {
            Ok(channel) => ProbesClient::new(channel).pull(pull("shop", 0, 0)).await.is_err(),
            Err(_) => true,
        };
        assert!(refused);
        assert!(connect(&server, &other.file("ca.pem"), None).await.is_err(), "this is not who was meant");
    });
}

#[test]
fn a_collector_is_known_by_its_certificate() {
    let pki = Pki::new();
    let server = pki.server();
    pki.run(&["issue", "collector", "--scope", "send"]);
    pki.run(&["issue", "reader", "--scope", "read"]);
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("upto.yaml");
    let words = r#"["printf", "load 1.5"]"#;
    let text = format!("clusters: [{{name: far-away, connector: command, period: 1s, command: {words}}}]");
    std::fs::write(&program, text).expect("written");
    let mut collector = command();
    collector
        .args(["agent", "--collector", "--name", "far", "--server", &server.url, "--config"])
        .arg(&program);
    let (certificate, key) = pki.both("collector");
    collector.arg("--cert").arg(certificate).arg("--key").arg(key).arg("--ca").arg(pki.file("ca.pem"));
    let mut collector = collector.spawn().expect("the server's binary");
    let probe = run(async {
        let channel = connect(&server, &pki.file("ca.pem"), Some(pki.both("reader"))).await.expect("let in");
        let mut client = ProbesClient::new(channel);
        loop {
            match client.pull(pull("far-away", 0, 100)).await {
                // One may have been too late.
                Ok(reply) => {
                    let probes = reply.into_inner().probes.into_iter();
                    let mut good = probes.filter(|probe| probe.state() == v1::State::Up);
                    if let Some(probe) = good.next() {
                        break probe;
                    }
                }
                Err(status) => assert_eq!(status.code(), Code::NotFound, "{status:?}"),
            }
            tokio::task::yield_now().await;
        }
    });
    collector.kill().expect("killed");
    collector.wait().expect("ended");
    assert_eq!(probe.figures["load"], 1.5);
}

#[test]
fn a_collector_without_a_certificate_is_told_and_goes_on() {
    let pki = Pki::new();
    let server = pki.server();
    let (sender, told) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let pages = super::pages::Pages::start();
    let mut cluster = super::exporter::cluster("x", &pages.url);
    cluster.period = std::time::Duration::from_millis(100);
    cluster.timeout = std::time::Duration::from_millis(80);
    let target = CollectorTarget {
        url: server.url.clone(),
        token: None,
        ca: Some(pki.file("ca.pem")),
        identity: None,
        buffer_bytes: 1 << 20,
    };
    let config = CollectorConfig { name: "far".into(), target, clusters: vec![cluster] };
    let collector = runtime.block_on(config.start(move |notice| {
        // The test may have heard enough.
        let _ = sender.send(notice.to_owned());
    }));
    let notice = told.recv_timeout(crate::support::PATIENCE).expect("it is told");
    assert!(notice.contains("needs a token"), "{notice}");
    runtime.block_on(collector.expect("it starts").shutdown());
}
