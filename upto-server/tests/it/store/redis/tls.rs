//! `rediss://`.

use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use upto_server::store::{Cursor, Log, RedisStore, RedisUrl, StoreErrorKind};

use super::server::{Server, free_port, host, url};
use crate::store::backend::append;

/// A server that speaks TLS only, with a certificate that nobody knows.
fn start() -> Server {
    let folder = TempDir::new().expect("a temporary folder");
    certificate(folder.path());
    let port = free_port();
    let settings = format!(
        "--port 0 --tls-port {port} --tls-cert-file own.pem --tls-key-file own.key --tls-ca-cert-file own.pem \
         --tls-auth-clients no --appendonly yes --appendfsync always"
    );
    Server::in_folder(folder, port, settings.split(' ').map(str::to_owned).collect())
}

fn certificate(folder: &Path) {
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec![host().to_string()]).expect("an address");
    let own = own.self_signed(&key).expect("a certificate");
    fs::write(folder.join("own.pem"), own.pem()).expect("a file");
    fs::write(folder.join("own.key"), key.serialize_pem()).expect("a file");
}

fn secure_url(server: &Server, options: &str) -> RedisUrl {
    url(&format!("rediss://{}{options}", server.address()))
}

#[tokio::test]
async fn a_server_whose_certificate_is_given_is_trusted() {
    let server = start();
    let file = server.folder().join("own.pem");
    let url = secure_url(&server, &format!("?ca={}", file.display()));
    let store = RedisStore::open(&url).await.expect("a store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    assert_eq!(store.read("a", Cursor::START, 10).await.expect("a read").len(), 1);
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let server = start();
    let error = RedisStore::open(&secure_url(&server, "")).await.err().expect("nobody knows it");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn certificates_that_are_not_there_are_told() {
    let error =
        RedisStore::open(&url("rediss://127.0.0.1:1?ca=/nowhere/own.pem")).await.err().expect("no file");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("cannot read the certificates in /nowhere/own.pem"), "{error}");
}

#[tokio::test]
async fn without_tls_the_server_is_not_understood() {
    let server = start();
    let error = RedisStore::open(&server.url()).await.err().expect("it speaks TLS only");
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
}
