//! Redis, or Valkey: what `INFO` says.

use std::collections::BTreeMap;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Client, IntoConnectionInfo};
use async_trait::async_trait;
use tokio::sync::Mutex;

use super::super::connector::{Connector, ProbeError};
use super::super::model::Probe;
use super::Timing;
use crate::watch::alerts::Hidden;

/// What becomes figures, and by which names.
const FIGURES: [(&str, &str); 9] = [
    ("uptime_in_seconds", "uptime_seconds"),
    ("connected_clients", "clients"),
    ("blocked_clients", "clients_blocked"),
    ("used_memory", "memory_used_bytes"),
    ("maxmemory", "memory_limit_bytes"),
    ("instantaneous_ops_per_sec", "operations_per_second"),
    ("evicted_keys", "keys_evicted"),
    ("connected_slaves", "replicas"),
    ("rejected_connections", "connections_rejected"),
];
/// What should be said, and what is wrong where it is not.
const EXPECTED: [(&str, &str, &str); 4] = [
    ("loading", "0", "it is still loading"),
    ("master_link_status", "up", "the link to its master is down"),
    ("rdb_last_bgsave_status", "ok", "the last snapshot failed"),
    ("aof_last_write_status", "ok", "the last write of the log failed"),
];

pub(super) struct Redis {
    client: Client,
    /// The connection, if there is one: only one that answered is kept.
    connection: Mutex<Option<MultiplexedConnection>>,
    timing: Timing,
}

impl Redis {
    /// # Errors
    /// The URL is none.
    pub(super) fn new(
        url: &str,
        login: Option<&(String, Hidden)>,
        timing: Timing,
    ) -> Result<Self, ProbeError> {
        let malformed = |_| ProbeError::Malformed("the URL is none of Redis".to_owned());
        let info = url.into_connection_info().map_err(malformed)?;
        let mut settings = info.redis_settings().clone();
        if let Some((name, password)) = login {
            settings = settings.set_password(password.reveal());
            if !name.is_empty() {
                settings = settings.set_username(name);
            }
        }
        let client = Client::open(info.set_redis_settings(settings)).map_err(malformed)?;
        Ok(Redis { client, connection: Mutex::default(), timing })
    }
}

#[async_trait]
impl Connector for Redis {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let unreachable = |error: ::redis::RedisError| ProbeError::Unreachable(error.to_string());
        let mut kept = self.connection.lock().await;
        // Taken out while it is asked, so that one that fell silent is not used again.
        if let Some(mut connection) = kept.take() {
            // One that the server has closed since says nothing about the server.
            if let Ok(info) = info(&mut connection).await {
                *kept = Some(connection);
                return Ok(probe(&info));
            }
        }
        let mut connection = self.client.get_multiplexed_async_connection().await.map_err(unreachable)?;
        let info = info(&mut connection).await.map_err(unreachable)?;
        *kept = Some(connection);
        Ok(probe(&info))
    }

    super::timed!("redis");
}

async fn info(connection: &mut MultiplexedConnection) -> ::redis::RedisResult<String> {
    ::redis::cmd("INFO").query_async(connection).await
}

/// What `INFO` comes to.
fn probe(info: &str) -> Probe {
    let said: BTreeMap<&str, &str> = info.lines().filter_map(|line| line.trim().split_once(':')).collect();
    let number = |name: &str| said.get(name).and_then(|value| value.parse::<f64>().ok());
    let figures = FIGURES.into_iter().filter_map(|(name, figure)| Some((figure, number(name)?)));
    let probe = figures.fold(Probe::up(), |probe, (figure, value)| probe.with(figure, value));
    let probe = EXPECTED.into_iter().fold(probe, |probe, (name, expected, told)| match said.get(name) {
        Some(value) if *value != expected => probe.but(told),
        _ => probe,
    });
    probe.with_detail(serde_json::to_string(&said).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::super::model::State;
    use super::*;

    #[test]
    fn info_becomes_figures_and_what_is_wrong() {
        let good =
            probe("# Server\r\nuptime_in_seconds:7\r\nused_memory:1024\r\nloading:0\r\nrole:master\r\n");
        assert_eq!((good.state, good.figures["uptime_seconds"]), (State::Up, 7.0));
        assert!(good.detail.contains("\"role\":\"master\""), "{}", good.detail);
        let bad = probe("loading:1\r\nmaster_link_status:down\r\nconnected_clients:x\r\n");
        assert_eq!(bad.state, State::Degraded);
        assert_eq!(bad.problem.as_deref(), Some("it is still loading; the link to its master is down"));
        assert!(bad.figures.is_empty());
    }
}
