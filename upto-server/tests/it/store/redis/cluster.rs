//! A cluster of one's own: three masters, each with a third of the slots.

use std::fs;
use std::time::Instant;

use ::redis::{Value, from_redis_value};
use tempfile::TempDir;
use upto_server::store::RedisUrl;

use super::server::{PATIENCE, Server, free_port, host, url, words};

const SLOTS: [&str; 3] = ["0-5460", "5461-10922", "10923-16383"];

pub(in crate::store) struct Cluster {
    pub(super) masters: Vec<Server>,
}

impl Cluster {
    /// A master that starts serves only after two seconds; a copy that takes over does so at once.
    /// So each node begins as the copy of a master that never was, and takes its place.
    pub(super) fn start() -> Self {
        let ports = [0; 3].map(|_| (free_port(), free_port()));
        let masters: Vec<_> = (0..3).map(|node| start(node, &ports)).collect();
        for master in &masters {
            master.ask::<()>("CLUSTER FAILOVER TAKEOVER");
        }
        let cluster = Cluster { masters };
        cluster.await_agreement();
        cluster
    }

    /// Waits until each node knows all three as masters.
    pub(super) fn await_agreement(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.masters.iter().all(|master| self.is_known_to(master)) {
            assert!(Instant::now() < until, "the nodes do not agree within {PATIENCE:?}");
            std::thread::yield_now();
        }
    }

    fn is_known_to(&self, master: &Server) -> bool {
        let state: String = master.ask("CLUSTER INFO");
        let ranges: Vec<(u16, u16, Value)> = master.ask("CLUSTER SLOTS");
        let ports = ranges.into_iter().map(|(_, _, node)| from_redis_value::<(String, u16)>(first_two(node)));
        let mut known: Vec<_> = ports.map(|node| node.expect("an address").1).collect();
        let mut expected: Vec<_> = self.masters.iter().map(|master| master.port).collect();
        known.sort_unstable();
        expected.sort_unstable();
        state.contains("cluster_state:ok") && known == expected
    }

    pub(super) fn url(&self) -> RedisUrl {
        url(&self.address())
    }

    /// The URL as text.
    pub(super) fn address(&self) -> String {
        let [first, others @ ..] = &self.masters[..] else { panic!("a cluster without nodes") };
        let others: Vec<_> = others.iter().map(|node| format!("node={}", node.address())).collect();
        format!("redis+cluster://{}?{}", first.address(), others.join("&"))
    }

    /// Asks the master of a key; `command` is words, the second of them the key.
    pub(super) fn ask<T: ::redis::FromRedisValue>(&self, command: &str) -> T {
        let key = command.split(' ').nth(1).expect("a key");
        let slot: u16 = self.masters[0].ask(&format!("CLUSTER KEYSLOT {key}"));
        words(command).query(&mut self.masters[master_of(slot)].connection()).expect(command)
    }
}

/// Which of the three has this slot.
pub(super) fn master_of(slot: u16) -> usize {
    usize::from(slot > 5460) + usize::from(slot > 10922)
}

fn first_two(node: Value) -> Value {
    match node {
        Value::Array(mut parts) => {
            parts.truncate(2);
            Value::Array(parts)
        }
        other => panic!("not a node: {other:?}"),
    }
}

fn start(node: usize, ports: &[(u16, u16); 3]) -> Server {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("nodes.conf"), nodes(node, ports)).expect("a file");
    let ((port, bus), host) = (ports[node], host());
    let settings = format!(
        "--port {port} --cluster-port {bus} --cluster-announce-ip {host} --cluster-enabled yes \
         --cluster-node-timeout 2000 --cluster-require-full-coverage no --appendonly yes --appendfsync always"
    );
    Server::in_folder(folder, port, settings.split(' ').map(str::to_owned).collect())
}

/// What a node would have written of the others.
fn nodes(own: usize, ports: &[(u16, u16); 3]) -> String {
    let (mut text, host) = (String::new(), host());
    for (node, (port, bus)) in ports.iter().enumerate() {
        let (name, master) = (["a", "b", "c"][node].repeat(40), ["d", "e", "f"][node].repeat(40));
        let (epoch, slots) = (node + 1, SLOTS[node]);
        let myself = if node == own { "myself," } else { "" };
        text += &format!("{name} {host}:{port}@{bus} {myself}slave {master} 0 0 {epoch} connected\n");
        // Nobody can listen on these ports.
        text +=
            &format!("{master} {host}:{}@{} master - 0 0 {epoch} connected {slots}\n", node + 1, node + 4);
    }
    text + "vars currentEpoch 3 lastVoteEpoch 0\n"
}
