//! Mail, to a real SMTP server: aiosmtpd, in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use upto_server::Server;
use upto_server::store::StoreUrl;
use upto_server::watch::WatchSettings;
use upto_server::watch::alerts::{AlertSettings, Destination, MailSettings};

use super::listener::Listener;
use super::{items, pulse};
use crate::support::{PATIENCE, TestServer, command};

/// Where `make tools` installs aiosmtpd.
const PYTHON: &str = "../target/aiosmtpd/bin/python";
const SCRIPT: &str = "tests/it/watch/smtp.py";

/// A mail server, which tells each mail that it got as a line of JSON.
pub(crate) struct MailServer {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    pub(crate) port: String,
}

impl MailServer {
    pub(crate) fn start(port: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = folder.join(PYTHON);
        assert!(python.exists(), "the tests of mail need aiosmtpd: run `make tools`");
        let mut command = Command::new(python);
        command.arg(folder.join(SCRIPT)).arg(port).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Python runs");
        let mut reader = BufReader::new(child.stdout.take().expect("its output"));
        let mut port = String::new();
        reader.read_line(&mut port).expect("its port");
        let (told, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        MailServer { child, lines, port: port.trim().to_owned() }
    }

    pub(crate) fn next(&self) -> serde_json::Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a mail");
        serde_json::from_str(&line).expect("JSON")
    }

    pub(crate) fn has_no_more(&self) -> bool {
        self.lines.try_recv().is_err()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything is mailed by the server at this port.
pub(crate) fn settings(port: &str) -> WatchSettings {
    let usual = Listener::start(&[]).settings_for(Destination::Mail("ops@example.org".to_owned()));
    let mail = MailSettings {
        server: format!("smtp://127.0.0.1:{port}").into(),
        from: "upto <upto@example.org>".to_owned(),
    };
    WatchSettings { alerts: AlertSettings { mail: Some(mail), ..usual.alerts }, ..usual }
}

fn server(port: &str) -> TestServer {
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).watch(settings(port)))
}

#[test]
fn a_death_and_a_recovery_are_two_mails() {
    let mails = MailServer::start("0");
    let server = server(&mails.port);
    pulse(&server, "back\nup ☃", 0.05);
    let mail = mails.next();
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&"upto@example.org".into(), &serde_json::json!(["ops@example.org"]))
    );
    assert_eq!(mail["subject"], "Service backup ☃ has not pulsed");
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("is not pulsing since 20")), "{mail}");
    pulse(&server, "back\nup ☃", 3_600.0);
    let again = mails.next();
    assert_eq!(again["subject"], "Service backup ☃ is pulsing again");
    assert_ne!(mail["id"], again["id"]);
}

#[test]
fn mail_that_can_not_leave_does_when_the_server_is_back_and_once() {
    let mails = MailServer::start("0");
    let port = mails.port.clone();
    let server = server(&port);
    drop(mails);
    pulse(&server, "s", 0.05);
    server.eventually("a failure", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.iter().find(|alert| alert["problem"].is_string()).map(drop)
    });
    let mails = MailServer::start(&port);
    assert_eq!(mails.next()["subject"], "Service s has not pulsed");
    server.eventually("it is done", || {
        items(&server.json("/api/alerts")).iter().all(|alert| alert["state"] == "sent").then_some(())
    });
    assert!(mails.has_no_more());
}

#[test]
fn the_command_sends_a_test() {
    let mails = MailServer::start("0");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upto.yaml");
    let text = format!(
        "watch:\n  alerts:\n    mail: {{ server: 'smtp://127.0.0.1:{}', from: upto@example.org }}\n    \
         targets: {{ ops: {{ mail: ops@example.org }} }}\n",
        mails.port
    );
    std::fs::write(&file, text).expect("written");
    let run = |target: &str| {
        command().args(["alerts", "test", target, "--config"]).arg(&file).output().expect("the binary")
    };
    let output = run("ops");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(mails.next()["subject"], "Alerts arrive");
    let output = run("nobody");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no target of this name"), "{output:?}");
}
