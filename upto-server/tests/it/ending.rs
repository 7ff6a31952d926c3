//! When a server ends, and when it does not.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

use upto_server::Server;
use upto_server::store::StoreUrl;

use crate::gated_store::GatedStore;
use crate::support::{Client, PATIENCE};

/// A server in a runtime of its own, whose handle is dropped.
fn left_alone() -> (tokio::runtime::Runtime, Client) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server =
        runtime.block_on(Server::builder().store(StoreUrl::Memory).any_port().start()).expect("a server");
    let client = Client { udp: server.udp_addresses()[0], url: server.http_urls().next().expect("a URL") };
    (runtime, client)
}

#[test]
fn a_server_goes_on_without_its_handle() {
    let (_runtime, client) = left_alone();
    client.post(r#"{"context":"c","name":"n","type":"event"}"#);
    client.send(&[0x80]);
    client.eventually("a datagram", || (client.counter("upto_datagrams_total") == 1).then_some(()));
    let commits = client.counter("upto_commits_total");
    client.post(r#"{"context":"c","name":"n","type":"event"}"#);
    assert!(client.counter("upto_commits_total") <= commits + 2, "it commits only what has come");
}

#[test]
fn a_server_ends_with_its_runtime() {
    let (runtime, client) = left_alone();
    drop(runtime);
    let until = Instant::now() + PATIENCE;
    while UdpSocket::bind(client.udp).is_err() {
        assert!(Instant::now() < until, "its threads receive still");
        std::thread::yield_now();
    }
}

#[test]
fn what_the_store_does_not_take_in_time_is_told() {
    let store = Arc::new(GatedStore::new());
    let builder = Server::builder().opened_store(store.clone()).grace(Duration::from_millis(20));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(builder.any_port().start()).expect("a server");
    let client = Client { udp: server.udp_addresses()[0], url: server.http_urls().next().expect("a URL") };
    client.post(r#"{"context":"c","name":"n","type":"event"}"#);
    store.appends.close();
    let message = serde_json::json!({"context": "c", "name": "m", "type": 2});
    client.send(&rmp_serde::to_vec(&message).expect("a message"));
    client.eventually("a datagram", || (client.counter("upto_datagrams_total") == 1).then_some(()));
    let lost = runtime.block_on(server.shutdown()).expect_err("nothing is stored").to_string();
    assert!(lost.starts_with("what was taken last is lost, some ") && lost.ends_with("in time"), "{lost}");
}
