//! Several servers on one store that watch the same cluster: one of them asks it, all of them tell what it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use upto_server::clock::ManualClock;
use upto_server::probe::{Connector, Kept};
use upto_server::store::{MemoryStore, Result, Store};
use upto_server::{Handle, Server, ServerBuilder};

use super::{Counting, eventually_probes};
use crate::support::{Client, PATIENCE, TestServer};
use crate::wrapped_store::{Call, Rule, Work, Wrapped, failure};

/// Longer than the right to ask a cluster holds.
const LONG: Duration = Duration::from_secs(60);

/// A store that servers share, and that can be away.
#[derive(Clone, Default)]
struct Away(Arc<AtomicBool>);

impl Rule for Away {
    async fn around<'w, T: Send>(&self, _: Call, work: impl Fn() -> Work<'w, T> + Send + Sync) -> Result<T> {
        match self.0.load(Ordering::SeqCst) {
            true => Err(failure("it is away")),
            false => work().await,
        }
    }

    fn is_shared(&self, _: bool) -> bool {
        true
    }
}

/// A store for servers that watch the same cluster. By its clock nothing ends unless the test says so.
struct Shared {
    clock: Arc<ManualClock>,
    store: Arc<dyn Store>,
    away: Away,
}

impl Shared {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_700_000_000_000_000_000));
        let away = Away::default();
        let inner: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
        Shared { clock, store: Arc::new(Wrapped { inner, rule: away.clone() }), away }
    }

    fn watching(&self) -> (ServerBuilder, Arc<Counting>) {
        let connector = Arc::new(Counting::default());
        let given: Arc<dyn Connector> = connector.clone();
        let builder = Server::builder().opened_store(self.store.clone());
        (builder.connector("a", given, Kept::default()), connector)
    }

    fn start(&self) -> (TestServer, Arc<Counting>) {
        let (builder, connector) = self.watching();
        (TestServer::start_with(builder), connector)
    }
}

fn asked(connector: &Counting) -> u64 {
    connector.0.load(Ordering::SeqCst)
}

/// All probes that a server tells, the oldest first.
fn told(client: &Client) -> Vec<Value> {
    let page = client.json("/api/clusters/a/probes?limit=1000");
    let mut probes = page["_embedded"]["item"].as_array().expect("items").clone();
    probes.reverse();
    probes
}

fn numbers(probes: &[Value]) -> Vec<u64> {
    probes.iter().map(|probe| probe["number"].as_u64().expect("a number")).collect()
}

/// Two servers that tell probes: first the one that asks.
fn one_asks(shared: &Shared) -> [(TestServer, Arc<Counting>); 2] {
    let (one, other) = (shared.start(), shared.start());
    [&one, &other].into_iter().for_each(|(server, _)| eventually_probes(server, "a", 5));
    let is_first = asked(&one.1) > 0;
    assert_ne!(is_first, asked(&other.1) > 0, "one of them asks");
    if is_first { [one, other] } else { [other, one] }
}

/// Waits until the server that is left asks, and tells everything without a hole, as it was told before.
fn goes_on(server: &TestServer, connector: &Counting, before: &[Value]) {
    server.eventually("the one that is left asks", || (asked(connector) >= 5).then_some(()));
    let latest = numbers(before).last().copied().expect("probes");
    eventually_probes(server, "a", latest + 5);
    let after = told(server);
    assert_eq!(numbers(&after), (1..=after.len() as u64).collect::<Vec<_>>());
    assert_eq!(&after[..before.len()], before);
}

#[test]
fn one_of_them_asks_and_all_tell_the_same() {
    let shared = Shared::new();
    let [(asking, _), (other, idle)] = one_asks(&shared);
    let both = [&asking, &other].map(|server| told(server));
    let common = both[0].len().min(both[1].len());
    assert_eq!(both[0][..common], both[1][..common]);
    assert_eq!(asked(&idle), 0);
}

#[test]
fn when_the_one_that_asks_ends_another_asks_at_once() {
    let shared = Shared::new();
    let [(asking, _), (other, connector)] = one_asks(&shared);
    let before = told(&asking);
    // No right ends by the store's clock: it is given back.
    drop(asking);
    goes_on(&other, &connector, &before);
}

#[test]
fn when_the_one_that_asks_is_gone_another_asks_after_a_while() {
    let shared = Shared::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (builder, connector) = shared.watching();
    let handle: Handle = runtime.block_on(builder.any_port().start()).expect("a server");
    let url = handle.http_urls().next().expect("a URL");
    let gone = Client { udp: handle.udp_addresses()[0], url };
    gone.eventually("probes", || (told(&gone).len() >= 5).then_some(()));
    let (other, waiting) = shared.start();
    eventually_probes(&other, "a", 5);
    assert_eq!(asked(&waiting), 0, "the first one asks");
    // As if it were killed: nothing of it runs any more, and it gives nothing back.
    drop(handle);
    runtime.shutdown_timeout(PATIENCE);
    let before = told(&other);
    shared.clock.advance(LONG);
    goes_on(&other, &waiting, &before);
    assert!(asked(&connector) >= 5);
}

#[test]
fn while_the_store_is_away_the_one_that_asked_goes_on_and_no_other_begins() {
    let shared = Shared::new();
    let [(asking, connector), (other, idle)] = one_asks(&shared);
    shared.away.0.store(true, Ordering::SeqCst);
    let before = asked(&connector);
    asking.eventually("it goes on", || (asked(&connector) >= before + 20).then_some(()));
    assert_eq!(asked(&idle), 0, "the other one did not ask either before");
    shared.away.0.store(false, Ordering::SeqCst);
    for server in [&asking, &other] {
        eventually_probes(server, "a", before + 20);
        let probes = told(server);
        assert_eq!(numbers(&probes), (1..=probes.len() as u64).collect::<Vec<_>>());
        let counts: Vec<_> = probes.iter().map(|probe| probe["figures"]["count"].as_f64()).collect();
        assert!(counts.is_sorted_by(|one, next| one < next), "each is there once: {counts:?}");
    }
    assert_eq!(asked(&idle), 0);
}
