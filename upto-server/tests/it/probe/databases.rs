//! PostgreSQL and Redis: real servers, started for the test.

use std::time::Duration;

use sqlx::ConnectOptions;
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

/// Waits for two more probes: none of them may have found a connection that somebody closed.
fn more(server: &TestServer) {
    let number = || server.json("/api/clusters/database")["latest"]["number"].as_u64().expect("a number");
    let before = number();
    server.eventually("two more", || (number() >= before + 2).then_some(()));
    let page = server.json("/api/clusters/database/probes?limit=50");
    for probe in page["_embedded"]["item"].as_array().expect("probes") {
        // On a machine that is busy, a new connection may take too long.
        let is_late =
            probe["problem"].as_str().is_some_and(|problem| problem.starts_with("no answer within"));
        assert!(probe["number"].as_u64() <= Some(before) || probe["state"] == "up" || is_late, "{probe}");
    }
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
    // A connection that the server closes is made again; the cluster was never down.
    let closing = ::redis::Client::open(format!("redis://:hush@{}", redis.address())).expect("a URL");
    for _ in 0..3 {
        let mut connection = closing.get_connection().expect("a connection");
        let kill =
            ::redis::cmd("CLIENT").arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]).query(&mut connection);
        let _: u64 = kill.expect("they are closed");
        more(&server);
    }
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
    let closing: sqlx::postgres::PgConnectOptions = url.parse().expect("a URL");
    let terminate =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'upto-server'";
    for _ in 0..2 {
        super::run(async {
            let mut connection = closing.clone().username("upto").connect().await.expect("a connection");
            sqlx::query(terminate).execute(&mut connection).await.expect("they are closed");
        });
        more(&server);
    }
    let queries = vec![query("bad", "SELECT nothing FROM nowhere"), query("set", "SELECT setval('x', 1)")];
    let server = watching(Asked::Postgres { url, login, queries });
    let problem = eventually(&server, "degraded")["problem"].as_str().expect("a problem").to_owned();
    assert!(problem.contains("bad: relation \"nowhere\" does not exist"), "{problem}");
}
