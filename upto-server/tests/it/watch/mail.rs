//! Mail, to a real SMTP server: aiosmtpd, in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::store::{MemoryStore, Store, StoreUrl};
use upto_server::watch::WatchSettings;
use upto_server::watch::alerts::{AlertSettings, Destination, MailSettings, Policy};

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

/// What a mail server shows by TLS to who logs in as `me` with the password `secret`.
struct Shown {
    mode: &'static str,
    certificate: PathBuf,
    key: PathBuf,
}

impl Shown {
    fn new(mode: &'static str, folder: &Path) -> Self {
        let names = vec!["127.0.0.1".to_owned()];
        let CertifiedKey::<KeyPair> { cert, signing_key } =
            generate_simple_self_signed(names).expect("a certificate");
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&key, signing_key.serialize_pem()).expect("written");
        fs::write(&certificate, cert.pem()).expect("written");
        Shown { mode, certificate, key }
    }

    /// Where that server is, for who has this password.
    fn url(&self, password: &str, port: &str) -> String {
        match self.mode {
            "tls" => format!("smtps://me:{password}@127.0.0.1:{port}"),
            _ => format!("smtp://me:{password}@127.0.0.1:{port}?tls=required"),
        }
    }
}

impl MailServer {
    pub(crate) fn start(port: &str) -> Self {
        Self::start_with(port, None)
    }

    fn start_with(port: &str, shown: Option<&Shown>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = folder.join(PYTHON);
        assert!(python.exists(), "the tests of mail need aiosmtpd: run `make tools`");
        let mut command = Command::new(python);
        command.arg(folder.join(SCRIPT)).arg(port).stdout(Stdio::piped());
        if let Some(Shown { mode, certificate, key }) = shown {
            command.arg(mode).args([certificate, key]);
        }
        let mut child = command.spawn().expect("Python runs");
        let mut reader = BufReader::new(child.stdout.take().expect("its output"));
        let mut port = String::new();
        reader.read_line(&mut port).expect("its port");
        let (told, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        MailServer { child, lines, port: port.trim().to_owned() }
    }

    pub(crate) fn next(&self) -> Value {
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
        ca: None,
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
    assert_eq!((&mail["from"], &mail["to"]), (&"upto@example.org".into(), &json!(["ops@example.org"])));
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

/// Has `upto-server alerts test TARGET` send by this server; whether it did, and what it said of a failure.
fn test_by_command(target: &str, mail: &Value) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upto.yaml");
    let alerts = json!({"mail": mail, "targets": {"ops": {"mail": "ops@example.org"}}});
    // What is JSON is YAML.
    fs::write(&file, json!({"watch": {"alerts": alerts}}).to_string()).expect("written");
    let output = command().args(["alerts", "test", target, "--config"]).arg(&file).output();
    let output = output.expect("the binary");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_command_sends_a_test() {
    let mails = MailServer::start("0");
    let mail = json!({"server": format!("smtp://127.0.0.1:{}", mails.port), "from": "upto@example.org"});
    assert_eq!(test_by_command("ops", &mail), (true, String::new()));
    let told = mails.next();
    assert_eq!((&told["subject"], &told["tls"]), (&json!("Alerts arrive"), &json!(false)));
    let (is_sent, said) = test_by_command("nobody", &mail);
    assert!(!is_sent && said.contains("no target of this name"), "{said}");
}

#[test]
fn mail_leaves_by_tls_for_who_logs_in_and_trusts_the_server() {
    for mode in ["tls", "starttls"] {
        let folder = tempfile::tempdir().expect("a folder");
        let shown = Shown::new(mode, folder.path());
        let mails = MailServer::start_with("0", Some(&shown));
        let mail = |password: &str| {
            let server = shown.url(password, &mails.port);
            json!({"server": server, "from": "upto@example.org", "ca": shown.certificate})
        };
        assert_eq!(test_by_command("ops", &mail("secret")), (true, String::new()), "{mode}");
        let told = mails.next();
        assert_eq!(
            (&told["subject"], &told["login"], &told["tls"]),
            (&json!("Alerts arrive"), &json!("me"), &json!(true)),
            "{mode}"
        );
        let (is_sent, said) = test_by_command("ops", &mail("wrong-one"));
        assert!(!is_sent && said.contains("535") && !said.contains("wrong-one"), "{mode}: {said}");
        let mut distrusting = mail("secret");
        distrusting["ca"] = Value::Null;
        let (is_sent, said) = test_by_command("ops", &distrusting);
        assert!(!is_sent && said.contains("certificate"), "{mode}: {said}");
        let mut keyed = mail("secret");
        keyed["ca"] = json!(shown.key);
        let (is_sent, said) = test_by_command("ops", &keyed);
        assert!(!is_sent && said.contains("no certificate in PEM"), "{mode}: {said}");
        assert!(mails.has_no_more());
    }
}

#[test]
fn mail_waits_for_the_right_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = Shown::new("tls", folder.path());
    let mails = MailServer::start_with("0", Some(&shown));
    let clock = Arc::new(ManualClock::new(0));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    let start = |password: &str| {
        let usual = settings(&mails.port);
        let mail = MailSettings {
            server: shown.url(password, &mails.port).into(),
            from: "upto@example.org".to_owned(),
            ca: Some(shown.certificate.clone()),
        };
        let policy = Policy { timeout: Duration::from_secs(10), ..usual.alerts.policy.clone() };
        let alerts = AlertSettings { mail: Some(mail), policy, ..usual.alerts };
        let watch = WatchSettings { alerts, ..usual };
        TestServer::start_with(Server::builder().opened_store(store.clone()).watch(watch))
    };
    let server = start("wrong");
    pulse(&server, "s", 0.05);
    let alert = server.eventually("a failure", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.into_iter().find(|alert| alert["problem"].is_string())
    });
    assert_eq!(alert["state"], "waiting", "{alert}");
    drop(server);
    let server = start("secret");
    server.eventually("it is sent", || {
        clock.advance(Duration::from_secs(1));
        items(&server.json("/api/alerts")).iter().all(|alert| alert["state"] == "sent").then_some(())
    });
    assert_eq!(mails.next()["subject"], "Service s has not pulsed");
    assert!(mails.has_no_more());
}
