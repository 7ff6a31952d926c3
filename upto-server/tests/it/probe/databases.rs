//! PostgreSQL and Redis: real servers, started for the test.

use std::time::Duration;

use upto_server::Server;
use upto_server::probe::{Asked, ClusterSettings, Kept};
use upto_server::store::StoreUrl;

use crate::store::postgres;
use crate::store::redis::server::Server as Redis;
use crate::support::TestServer;

fn watching(asked: Asked) -> TestServer {
    let cluster = ClusterSettings {
        name: "database".into(),
        period: Duration::from_secs(1),
        timeout: Duration::from_millis(900),
        kept: Kept::default(),
        asked,
    };
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).clusters([cluster]))
}

/// Waits for this state; what was found out with it.
fn eventually(server: &TestServer, state: &str) -> serde_json::Value {
    server.eventually(state, || {
        let cluster = server.json("/api/clusters/database");
        (cluster["state"] == state).then(|| cluster["latest"].clone())
    })
}

#[test]
fn redis_is_asked_and_its_end_is_seen() {
    let mut redis = Redis::with(&["--requirepass", "hush"]);
    let login = Some((String::new(), "hush".to_owned().into()));
    let server = watching(Asked::Redis { url: format!("redis://{}", redis.address()), login });
    let latest = eventually(&server, "up");
    let figures = &latest["figures"];
    assert_eq!(figures["clients"].as_f64(), Some(1.0), "{figures}");
    assert!(figures["memory_used_bytes"].as_f64().is_some_and(|bytes| bytes > 1e5), "{figures}");
    assert_eq!(latest["detail"]["role"], "master");
    redis.kill();
    eventually(&server, "down");
    redis.restart();
    eventually(&server, "up");
}

#[test]
fn who_may_not_ask_redis_is_told() {
    let redis = Redis::with(&["--requirepass", "hush"]);
    let login = Some((String::new(), "wrong-secret".to_owned().into()));
    let server = watching(Asked::Redis { url: format!("redis://{}", redis.address()), login });
    let latest = eventually(&server, "down");
    assert!(!latest.to_string().contains("wrong-secret"), "{latest}");
}

#[test]
fn postgres_is_asked_by_queries_that_may_only_read() {
    let postgres = postgres::private();
    let url = format!("postgres://localhost/postgres?host={}", postgres.folder().display());
    let query = |figure: &str, query: &str| (figure.to_owned(), query.to_owned());
    let login = Some(("upto".to_owned(), "hunter2".to_owned().into()));
    let queries = vec![query("seven", "SELECT 3 + 4")];
    let asked = Asked::Postgres { url: url.clone(), login: login.clone(), queries };
    let server = watching(asked);
    let latest = eventually(&server, "up");
    let figures = &latest["figures"];
    assert_eq!(figures["seven"].as_f64(), Some(7.0), "{figures}");
    assert!(figures["connections"].as_f64().is_some_and(|count| count >= 1.0), "{figures}");
    assert!(figures["database_bytes"].as_f64().is_some_and(|bytes| bytes > 1e5), "{figures}");
    let queries = vec![query("bad", "SELECT nothing FROM nowhere"), query("set", "SELECT setval('x', 1)")];
    let server = watching(Asked::Postgres { url, login, queries });
    let problem = eventually(&server, "degraded")["problem"].as_str().expect("a problem").to_owned();
    assert!(problem.contains("bad: relation \"nowhere\" does not exist"), "{problem}");
}
