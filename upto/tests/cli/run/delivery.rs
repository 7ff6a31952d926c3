//! Servers that are absent, slow or refusing, and what `--fail` makes of them.

use std::net::{TcpListener, UdpSocket};
use std::process::Output;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use upto::wire::Kind;

use crate::support::http::Listener;
use crate::support::udp::decoded;
use crate::support::{refusal, upto};

/// Far below every timeout of a request, far above what a busy machine takes for a process.
const SOON: Duration = Duration::from_secs(5);

fn run(options: &[&str], script: &str) -> Output {
    upto(["run"]).args(options).args(["--", "sh", "-c", script]).output().expect("the command")
}

/// The outcome is the command's, and nobody hears of the server.
fn is_untouched(options: &[&str]) {
    let began = Instant::now();
    let output = run(options, "echo out; echo err >&2; exit 3");
    assert!(began.elapsed() < SOON, "{options:?}");
    assert_eq!(output.status.code(), Some(3), "{options:?}");
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..]),
        "{options:?}"
    );
}

fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    format!("http://{}", listener.local_addr().expect("its address"))
}

#[test]
fn no_server_at_all_changes_nothing() {
    let port = {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.local_addr().expect("its address").port().to_string()
    };
    is_untouched(&["--rp", &port]);
    is_untouched(&["--rh", "no..name"]);
    is_untouched(&["--http", &nobody()]);
}

#[test]
fn a_server_that_refuses_or_never_answers_changes_nothing() {
    let refusing = Listener::answering(|_| (503, "{}".to_owned()));
    is_untouched(&["--http", &refusing.url]);
    let (hold, held) = channel::<()>();
    let held = Mutex::new(held);
    let silent = Listener::new(move |_, _| {
        // Until the test ends.
        let _ = held.lock().expect("no panic").recv();
    });
    is_untouched(&["--http", &silent.url]);
    drop(hold);
}

#[test]
fn broken_variables_are_told_and_the_command_runs() {
    let mut command = upto(["run", "--", "echo", "ran"]);
    let output = command.env("UPTO_SERVER", "h:port").output().expect("the command");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"ran\n"[..]));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("upto: UPTO_SERVER="), "{output:?}");
    let mut command = upto(["run", "--fail", "--", "echo", "ran"]);
    refusal(&command.env("UPTO_SERVER", "h:port").output().expect("the command"), 125);
}

#[test]
fn start_and_end_are_posted() {
    let stored = r#"{"stored":1,"timelines":[{"context":"c","name":"t","_links":{}}]}"#;
    let server = Listener::answering(move |_| (201, stored.to_owned()));
    assert_eq!(run(&["--fail", "--http", &server.url, "--context", "c"], "exit 0").status.code(), Some(0));
    let kinds = [server.request(), server.request()].map(|request| decoded(&request.body)[0].kind);
    assert_eq!(kinds, [Kind::Start, Kind::End]);
}

#[test]
fn who_wants_delivery_fails_without_it() {
    let refusing = Listener::answering(|_| (503, r#"{"detail":"behind"}"#.to_owned()));
    for (url, reason) in [(nobody(), "does not answer"), (refusing.url.clone(), "503: behind")] {
        let line = refusal(&run(&["--fail", "--http", &url], "exit 0"), 125);
        assert!(line.contains(reason), "{line}");
        // The command's own failure is the more important one.
        assert_eq!(run(&["--fail", "--http", &url], "exit 3").status.code(), Some(3));
    }
    assert!(refusal(&run(&["--fail", "--rh", "no..name"], "exit 0"), 125).contains("no..name"));
}
