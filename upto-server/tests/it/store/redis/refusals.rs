//! What is not opened, and that no message tells a secret.

use upto_server::store::{self, RedisStore, StoreError, StoreErrorKind, StoreUrl};

use super::server::{Server, url, words};
use crate::support;

async fn refusal(server: &Server, options: &str) -> StoreError {
    match RedisStore::open(&server.url_with(options)).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_confirmed_is_refused() {
    for (settings, reason) in [
        (["--appendonly", "no"], "appendonly is \"no\""),
        (["--appendfsync", "everysec"], "appendfsync is \"everysec\""),
        (["--maxmemory-policy", "allkeys-lru"], "maxmemory-policy is \"allkeys-lru\""),
        (["--no-appendfsync-on-rewrite", "yes"], "no-appendfsync-on-rewrite is \"yes\""),
    ] {
        let durable = ["--appendonly", "yes", "--appendfsync", "always"];
        let server = Server::with(&[&durable[..], &settings[..]].concat());
        let error = refusal(&server, "").await;
        assert_eq!(error.kind(), StoreErrorKind::Invalid);
        assert!(error.to_string().contains(reason), "{error}");
        let relaxed = RedisStore::open(&server.url_with("?durability=relaxed")).await;
        relaxed.expect("it was asked for");
    }
}

#[tokio::test]
async fn a_server_that_does_not_tell_is_refused() {
    let server =
        Server::with(&["--appendonly", "yes", "--appendfsync", "always", "--rename-command", "CONFIG", ""]);
    let error = refusal(&server, "").await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("CONFIG GET is refused"), "{error}");
}

#[tokio::test]
async fn what_is_not_a_store_of_ours_is_left_alone() {
    let server = Server::start();
    for (layout, kind) in [
        ("SET {upto}layout garbage", StoreErrorKind::Damaged),
        ("SET {upto}layout 2;1", StoreErrorKind::Damaged),
        ("RPUSH {upto}layout 1", StoreErrorKind::Damaged),
    ] {
        server.ask::<()>("FLUSHALL");
        server.ask::<()>(layout);
        let before: Vec<u8> = server.ask("DUMP {upto}layout");
        assert_eq!(refusal(&server, "").await.kind(), kind, "{layout}");
        assert_eq!(server.ask::<Vec<u8>>("DUMP {upto}layout"), before);
    }
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_left_alone() {
    let server = Server::start();
    let mut set = words("SET {upto}layout");
    set.arg("2 1").exec(&mut server.connection()).expect("set");
    let error = refusal(&server, "").await;
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("version 2, of a newer upto-server"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let mut server = Server::start();
    server.kill();
    let error = refusal(&server, "").await;
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.is_temporary());
}

fn with_password() -> Server {
    Server::with(&["--appendonly", "yes", "--appendfsync", "always", "--requirepass", "hunter2-right"])
}

#[tokio::test]
async fn the_password_opens_and_is_told_nowhere() {
    let server = with_password();
    let text = format!("redis://:hunter2-right@{}", server.address());
    let store = RedisStore::open(&url(&text)).await.expect("the right password");
    let parsed: StoreUrl = text.parse().expect("a store");
    let shown = format!("{} {parsed} {parsed:?}", upto_server::store::Store::description(&store));
    assert!(!shown.contains("hunter2"), "{shown}");
    drop(store);
    drop(server);
    let error = RedisStore::open(&url(&text)).await.err().expect("it is gone");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_told_nowhere() {
    let server = with_password();
    for login in ["", "default:hunter2-wrong@", "hunter2-user:hunter2-wrong@"] {
        let url: StoreUrl = format!("redis://{login}{}", server.address()).parse().expect("a store");
        let clock = std::sync::Arc::new(upto_server::clock::SystemClock);
        let error = store::open(&url, clock).await.err().expect("it has to be refused");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn the_program_tells_no_password_either() {
    let server = with_password();
    for url in [
        format!("redis://me:hunter2@{}", server.address()),
        format!("redis://me:hunter2@{}/x", server.address()),
        "redis://me:hunter2@".to_owned(),
        "redsi://me:hunter2@localhost".to_owned(),
    ] {
        let output = support::command()
            .args(["--store", &url, "--udp", "0", "--http", "0"])
            .output()
            .expect("it ends");
        assert!(!output.status.success(), "{url}");
        let told =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!told.contains("hunter2"), "{url}: {told}");
        assert!(!told.is_empty());
    }
}
