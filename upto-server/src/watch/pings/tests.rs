use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use tokio::net::TcpListener;

use super::*;
use crate::watch::notice::Turn;

fn settings(url: &str) -> PingSettings {
    PingSettings { timeout: Duration::from_secs(5), ..PingSettings::new("web", url) }
}

fn outcome(time: i64, problem: Option<&str>) -> Outcome {
    Outcome { time, latency: 1, status: None, problem: problem.map(str::to_owned) }
}

#[test]
fn it_is_down_after_so_many_failures_and_up_after_so_many_successes() {
    let settings = PingSettings { failures: 3, successes: 2, ..settings("http://x/") };
    let mut standing = PingStanding::default();
    let tries = "ff.fff.f..ff.fff..";
    let told: Vec<_> = tries
        .chars()
        .zip(1..)
        .filter_map(|(try_, time)| {
            let notice = standing.take(&settings, &outcome(time, (try_ == 'f').then_some("no")))?;
            Some((time, notice.turn, notice.id))
        })
        .collect();
    let expected = [
        (6, Turn::Problem, "ping/web/1/problem".to_owned()),
        (10, Turn::Resolved, "ping/web/1/resolved".to_owned()),
        (16, Turn::Problem, "ping/web/2/problem".to_owned()),
        (18, Turn::Resolved, "ping/web/2/resolved".to_owned()),
    ];
    assert_eq!(told, expected);
    assert_eq!(standing.take(&settings, &outcome(18, Some("no"))), None, "it is known already");
    assert_eq!(standing.failures, 0);
}

/// Answers with this status and what it was asked with.
async fn answer(State(status): State<Arc<AtomicU16>>, headers: HeaderMap) -> (StatusCode, String) {
    let given =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
    let status = StatusCode::from_u16(status.load(Ordering::SeqCst)).expect("a status");
    (status, format!("{} {}", given("x-key"), given("authorization")))
}

async fn listener(status: u16) -> (String, Arc<AtomicU16>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let status = Arc::new(AtomicU16::new(status));
    let routes = Router::new().route("/", any(answer)).with_state(status.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}/"), status)
}

async fn problem(settings: PingSettings) -> Option<String> {
    Asker::new(settings).expect("ready").ask(0).await.problem
}

#[tokio::test]
async fn statuses_and_bodies_are_judged() {
    let (url, status) = listener(204).await;
    assert_eq!(problem(settings(&url)).await, None);
    status.store(302, Ordering::SeqCst);
    assert_eq!(problem(settings(&url)).await.as_deref(), Some("the status is 302"));
    assert_eq!(problem(PingSettings { expected: 300..=399, ..settings(&url) }).await, None);
    status.store(200, Ordering::SeqCst);
    let asked = PingSettings {
        headers: vec![("x-key".to_owned(), "k".to_owned().into())],
        login: Some(("me".to_owned(), "secret".to_owned().into())),
        contains: Some("k Basic bWU6c2VjcmV0".to_owned()),
        ..settings(&url)
    };
    assert_eq!(problem(asked.clone()).await, None);
    let other = PingSettings { contains: Some("nothing of it".to_owned()), ..asked };
    assert_eq!(problem(other).await.as_deref(), Some("the body does not contain what it should"));
    let plain = PingSettings { certificate_days: Some(1), ..settings(&url) };
    assert_eq!(problem(plain).await.as_deref(), Some("there is no certificate"));
}

#[tokio::test]
async fn who_does_not_answer_is_told_apart_from_who_is_slow() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let slow = PingSettings { timeout: Duration::from_millis(20), ..settings(&url) };
    assert_eq!(problem(slow).await.as_deref(), Some("no answer in time"));
    drop(listener);
    assert!(problem(settings(&url)).await.is_some_and(|problem| problem.starts_with("no answer: ")));
}

#[test]
fn what_can_not_be_asked_is_refused_at_the_start() {
    for wrong in [
        PingSettings { method: "G T".into(), ..settings("http://x/") },
        PingSettings { ca: Some(PathBuf::from("/nowhere")), ..settings("http://x/") },
    ] {
        assert!(Asker::new(wrong).is_err());
    }
}

/// A certificate for localhost that is valid for 10 days, and one that serves with it.
async fn tls_listener(folder: &std::path::Path) -> (String, PathBuf) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2099, 1, 11);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    let path = folder.join("ca.pem");
    std::fs::write(&path, certificate.pem()).expect("written");
    let chain = vec![certificate.der().clone()];
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config.expect("a configuration")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (url, path)
}

#[tokio::test]
async fn certificates_are_checked_and_their_days_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, ca) = tls_listener(folder.path()).await;
    assert!(
        problem(settings(&url)).await.is_some_and(|problem| problem.starts_with("no answer: ")),
        "nobody trusts it"
    );
    let trusted = PingSettings { ca: Some(ca), certificate_days: Some(10), ..settings(&url) };
    assert_eq!(problem(trusted.clone()).await, None);
    // 2099-01-05, six days before it ends.
    let asker = Asker::new(trusted).expect("ready");
    let late = asker.ask(4_071_254_400_000_000_000).await;
    assert_eq!(late.problem.as_deref(), Some("the certificate is valid for 6 more days"));
}

/// A proxy that answers by itself: what it was asked for, and with which login.
async fn answering_proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = |request: axum::extract::Request| async move {
        let login = request.headers().get("proxy-authorization").and_then(|login| login.to_str().ok());
        format!("{} {}", request.uri(), login.unwrap_or("-"))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(asked)).await });
    address.to_string()
}

#[tokio::test]
async fn it_is_asked_through_a_proxy() {
    let proxy = answering_proxy().await;
    let through = |proxy: String, contains: &str| PingSettings {
        proxy: Some(proxy.into()),
        contains: Some(contains.to_owned()),
        ..settings("http://nobody.invalid/there")
    };
    let plain = through(format!("http://{proxy}"), "http://nobody.invalid/there -");
    assert_eq!(problem(plain).await, None);
    let known =
        through(format!("http://me:secret@{proxy}"), "http://nobody.invalid/there Basic bWU6c2VjcmV0");
    assert_eq!(problem(known).await, None);
    let gone = problem(through("http://me:secret@127.0.0.1:1".to_owned(), "")).await;
    assert!(gone.is_some_and(|problem| !problem.contains("secret")));
}

/// A proxy that connects to whatever it is asked for, and tells that.
async fn tunnel() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (mut stream, mut lines) = (BufReader::new(stream), String::new());
            while !lines.ends_with("\r\n\r\n")
                && stream.read_line(&mut lines).await.is_ok_and(|read| read > 0)
            {}
            let line = lines.lines().next().unwrap_or_default().to_owned();
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = told.send(line);
            let Ok(mut target) = tokio::net::TcpStream::connect(target).await else { continue };
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut target).await });
        }
    });
    (format!("http://{address}"), asked)
}

#[tokio::test]
async fn a_certificate_is_checked_through_a_proxy() {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, ca) = tls_listener(folder.path()).await;
    let (proxy, mut asked) = tunnel().await;
    let distrusting = PingSettings { proxy: Some(proxy.into()), ..settings(&url) };
    let trusted = PingSettings { ca: Some(ca), ..distrusting.clone() };
    assert_eq!(problem(trusted).await, None);
    assert!(problem(distrusting).await.is_some_and(|problem| problem.starts_with("no answer: ")));
    let place = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
    assert_eq!(asked.recv().await, Some(format!("CONNECT {place} HTTP/1.1")));
}
