//! HTTPS.

use std::fs;
use std::path::Path;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use upto_server::Server;
use upto_server::doors::{DoorSettings, TlsFiles};
use upto_server::store::StoreUrl;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{raw, status};
use crate::support::{PATIENCE, TestServer, command};

/// Writes a new certificate and its key; the certificate.
fn certificate(folder: &Path) -> String {
    let CertifiedKey::<KeyPair> { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])
            .expect("a certificate");
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
    fs::write(folder.join("cert.pem"), cert.pem()).expect("written");
    cert.pem()
}

fn settings(folder: &Path) -> DoorSettings {
    let mut settings = DoorSettings::default();
    settings.tls = Some(TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") });
    settings.tls_period = std::time::Duration::from_millis(2);
    settings
}

/// Asks whether the server is well, trusting only this certificate.
fn asks(url: &str, certificate: &str) -> Result<u16, ureq::Error> {
    Ok(agent(certificate).get(format!("{url}/healthz")).call()?.status().as_u16())
}

fn agent(certificate: &str) -> ureq::Agent {
    let trusted = Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[trusted])).build();
    let config = ureq::Agent::config_builder().tls_config(tls).timeout_global(Some(PATIENCE));
    config.http_status_as_error(false).build().into()
}

#[test]
fn https_is_served_and_a_new_certificate_is_taken_when_the_files_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = certificate(folder.path());
    let server =
        TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings(folder.path())));
    assert!(server.url.starts_with("https://"), "{}", server.url);
    assert_eq!(asks(&server.url, &first).expect("trusted"), 200);
    // What can't be used changes nothing.
    fs::write(folder.path().join("cert.pem"), "nonsense").expect("written");
    assert_eq!(asks(&server.url, &first).expect("still trusted"), 200);
    let second = certificate(folder.path());
    server.eventually("the new certificate", || asks(&server.url, &second).ok());
    assert!(asks(&server.url, &first).is_err(), "the old one is not shown any more");
}

#[test]
fn http_where_there_is_https_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = certificate(folder.path());
    let server =
        TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings(folder.path())));
    let answer = raw(&server, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(status(&answer) == "400" && answer.contains("this port speaks HTTPS"), "{answer}");
}

#[test]
fn a_certificate_that_can_not_be_used_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = certificate(folder.path());
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let start = |cert: &Path, key: &Path| {
        let mut command = command();
        command.args(["--udp", "0", "--http", "0", "--store", "memory:", "--tls-cert"]).arg(cert);
        let output = command.arg("--tls-key").arg(key).output().expect("the server's binary");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(start(&folder.path().join("none.pem"), &key).contains("none.pem"));
    assert!(start(&cert, &cert).contains("cert.pem"), "this is no key");
    assert!(start(&key, &key).contains("no certificate"));
    let other = tempfile::tempdir().expect("a folder");
    let _ = certificate(other.path());
    let mixed = start(&cert, &other.path().join("key.pem"));
    assert!(mixed.contains("tls: ") && mixed.lines().count() == 1, "{mixed}");
}

#[test]
fn a_cookie_is_for_https_alone_and_the_command_asks_over_https() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = certificate(folder.path());
    let server =
        TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings(folder.path())));
    let mut create = command();
    create.args(["token", "create", "--name", "n", "--scope", "read", "--url", &server.url, "--ca"]);
    let output = create.arg(folder.path().join("cert.pem")).output().expect("the server's binary");
    assert!(output.status.success(), "{output:?}");
    let token = String::from_utf8(output.stdout).expect("text");
    let certificate = fs::read_to_string(folder.path().join("cert.pem")).expect("read");
    let login = agent(&certificate)
        .post(format!("{}/login", server.url))
        .header("content-type", "application/json")
        .send(format!("{{\"token\": \"{}\"}}", token.trim()))
        .expect("an answer");
    let cookie = login.headers().get("set-cookie").expect("a cookie").to_str().expect("text");
    assert!(cookie.starts_with("__Host-upto_session=") && cookie.ends_with("; Secure"), "{cookie}");
}
