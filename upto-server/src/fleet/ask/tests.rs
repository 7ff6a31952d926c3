use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::members::{Host, Members, Membership, Moment};
use super::*;
use crate::clock::SystemClock;
use crate::store::MemoryStore;

const LONG: Duration = Duration::from_secs(30);

/// Answers every request at an address with this.
async fn answering(text: String) -> String {
    let text = Arc::new(text);
    serving(move |mut stream: TcpStream| {
        let text = text.clone();
        async move {
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
            // Who asked may have enough.
            let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
        }
    })
    .await
}

async fn serving<F: Future<Output = ()> + Send>(
    answer: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.expect("a request");
            assert!(read > 0);
            answer(stream).await;
        }
    });
    format!("http://{address}")
}

/// A host `h` that registered itself with this address.
async fn member(address: &str) -> Member {
    let (clock, members) = (Arc::new(SystemClock), Members::default());
    let store = MemoryStore::new(clock.clone());
    let host = Host {
        name: "h".into(),
        address: address.into(),
        instance: "1".into(),
        software: String::new(),
        processed: 0,
        since: 0,
        renewed: clock.now(),
        hold: i64::MAX,
        left: false,
    };
    assert!(Membership::default().renew(&store, &host, "o", LONG).await.expect("registered"));
    let moment = Moment { now: clock.now(), monotonic: clock.monotonic() };
    members.refresh(&store, moment).await.expect("listed");
    members.get("h").expect("a member")
}

async fn ask(address: &str, deadline: Duration) -> Answer {
    let clock = Arc::new(SystemClock);
    let this = ThisHost::new(&[], Arc::new(|| true), clock.clone()).expect("a host");
    let asker = Asker::new(None, Arc::new(this), "2".into(), clock).expect("an asker");
    asker.ask(&member(address).await, "cpu_used", deadline).await.answer
}

fn said(more: &str) -> String {
    format!(r#"{{"host": "h", "instance": "1", "check": "cpu_used", "unit": "%", {more}}}"#)
}

async fn reason(answer: String) -> String {
    match ask(&answering(answer).await, LONG).await {
        Answer::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_says_a_value() {
    let answer = said(r#""value": 0, "time": "2026-01-02T03:04:05Z""#);
    assert_eq!(ask(&answering(answer).await, LONG).await, Answer::Ok(0.0));
}

#[tokio::test]
async fn a_host_that_says_it_fails_is_believed() {
    assert_eq!(reason(said(r#""problem": "no\nsuch disk""#)).await, "no such disk");
}

#[tokio::test]
async fn an_answer_without_a_value_is_no_zero() {
    for answer in [said(r#""value": null, "time": "2026-01-02T03:04:05Z""#), said(r#""value": 1"#)] {
        assert!(reason(answer).await.contains("without a value"));
    }
    assert!(reason("healthy".into()).await.contains("no measurement"));
}

#[tokio::test]
async fn a_host_that_lies_about_its_address_is_found_out() {
    let other = r#"{"host": "i", "instance": "1", "value": 1, "time": "2026-01-02T03:04:05Z"}"#;
    assert!(reason(other.into()).await.contains("another host"));
    let earlier = r#"{"host": "h", "instance": "0", "value": 1, "time": "2026-01-02T03:04:05Z"}"#;
    assert!(reason(earlier.into()).await.contains("another host"));
}

#[tokio::test]
async fn an_answer_of_50_mib_is_not_read_to_its_end() {
    let address = serving(|mut stream: TcpStream| async move {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 50 << 20);
        let mut sent = stream.write_all(head.as_bytes()).await;
        for _ in 0..50 << 10 {
            sent = sent.and(stream.write_all(&[b' '; 1024]).await);
        }
        assert!(sent.is_err(), "nobody reads all of it");
    })
    .await;
    let answer = ask(&address, LONG).await;
    assert!(matches!(&answer, Answer::Failed(reason) if reason.contains("64 KiB")), "{answer:?}");
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up() {
    let address = serving(|stream: TcpStream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert_eq!(ask(&address, Duration::from_millis(50)).await, Answer::Timeout);
}

#[tokio::test]
async fn where_nobody_is_the_host_is_stale() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let answer = ask(&format!("http://{address}"), LONG).await;
    assert!(matches!(answer, Answer::Stale(age) if age >= 0), "{answer:?}");
}

#[tokio::test]
async fn where_it_leads_to_is_not_asked() {
    let address = serving(|mut stream: TcpStream| async move {
        let head = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
    })
    .await;
    let answer = ask(&address, LONG).await;
    assert!(matches!(&answer, Answer::Failed(reason) if reason.contains("302")), "{answer:?}");
}
