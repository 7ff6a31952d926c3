//! `watch`: lines, and the whole terminal.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

use crate::support::http::{Listener, Request, respond};
use crate::support::upto;

/// A server with one timeline, whose streams a test writes one after the other.
struct Server {
    listener: Listener,
    streams: Receiver<TcpStream>,
}

impl Server {
    fn new() -> Self {
        let (give, streams) = channel();
        let (give, asked) = (Mutex::new(give), AtomicUsize::new(0));
        let listener = Listener::new(move |request, stream| answer(request, stream, &give, &asked));
        Server { listener, streams }
    }

    /// The next stream that is opened; it has told the timeline.
    fn stream(&self) -> TcpStream {
        self.streams.recv_timeout(crate::support::DEADLINE).expect("a stream")
    }
}

fn answer(request: &Request, stream: &mut TcpStream, give: &Mutex<Sender<TcpStream>>, asked: &AtomicUsize) {
    let body = match request.target.as_str() {
        "/api" => json!({"_links": {"contexts": {"href": "/contexts"}}}),
        "/contexts" => json!({"_embedded": {"item": [context()]}, "_links": {}}),
        "/context" => context(),
        "/t" => timeline(),
        "/t/tree" => json!({"roots": [{
            "segment": "grown", "name": "grown", "first": "1970-01-01T00:00:00Z", "last": "1970-01-01T00:00:05Z",
            "duration_seconds": 5.0, "occurrences": 1, "total_seconds": 5.0, "open": 0, "failed": 0,
            "unknown_start": 0, "children": []
        }]}),
        "/t/events" => {
            // While the connection was broken, one of them has ended.
            let second = if asked.fetch_add(1, Ordering::SeqCst) == 0 { "open" } else { "done" };
            json!({"_embedded": {"item": [event("over", "done"), event("goes on", second)]}, "_links": {}})
        }
        "/t/live" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            stream.write_all(head.as_bytes()).expect("written");
            tell(stream, "timeline", &timeline());
            give.lock().expect("no panic").send(stream.try_clone().expect("the same")).expect("a test");
            return;
        }
        _ => return respond(stream, 404, "{}"),
    };
    respond(stream, 200, &body.to_string());
}

fn context() -> Value {
    json!({"name": "ci", "_links": {"self": {"href": "/context"}, "latest": {"href": "/t"}}})
}

fn timeline() -> Value {
    json!({
        "context": "ci", "name": "77", "state": "running", "first": "1970-01-01T00:00:00Z",
        "last": "1970-01-01T00:00:05Z", "duration_seconds": 5.0,
        "_links": {"events": {"href": "/t/events"}, "tree": {"href": "/t/tree"}, "live": {"href": "/t/live"}}
    })
}

fn event(name: &str, state: &str) -> Value {
    json!({"name": name, "id": 1, "start": "T1", "end": "T2", "duration_seconds": 1.0, "state": state})
}

fn tell(stream: &mut TcpStream, kind: &str, data: &Value) {
    write!(stream, "event: {kind}\ndata: {data}\n\n").expect("written");
}

/// Ends the command with the test.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn lines_are_told_once_in_spite_of_broken_connections() {
    let server = Server::new();
    let mut command = upto(["watch", "ci", "--url", &server.listener.url]);
    let mut watching =
        Watching(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the command"));
    let mut lines = BufReader::new(watching.0.stdout.take().expect("its output")).lines();
    let mut next = move || lines.next().expect("a line").expect("text");
    assert_eq!(next(), "ci  77  running  5.00 s");
    let mut stream = server.stream();
    assert_eq!(next(), "T1  start      goes on  1.00 s");
    tell(&mut stream, "events", &json!({"events": [event("ne\u{1b}w", "open"), event("goes on", "open")]}));
    assert_eq!(next(), "T1  start      ne\u{fffd}w  1.00 s");
    stream.shutdown(std::net::Shutdown::Both).expect("closed");
    drop(stream);
    let mut stream = server.stream();
    assert_eq!(next(), "T2  end        goes on  1.00 s");
    tell(&mut stream, "events", &json!({"events": [event("ne\u{1b}w", "failed")]}));
    assert_eq!(next(), "T2  failed     ne\u{fffd}w  1.00 s");
}

#[test]
fn a_reader_that_leaves_ends_it() {
    let server = Server::new();
    let mut command = upto(["watch", "ci", "--url", &server.listener.url]);
    let mut watching = Watching(command.stdout(Stdio::piped()).spawn().expect("the command"));
    let mut line = String::new();
    BufReader::new(watching.0.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert_eq!(line, "ci  77  running  5.00 s\n");
    // Nobody reads any more. It finds out when there is something to say.
    let told = std::thread::spawn(move || {
        let mut stream = server.stream();
        while write!(stream, "event: events\ndata: {}\n\n", json!({"events": [event("n", "open")]})).is_ok() {
        }
    });
    assert_eq!(watching.0.wait().expect("its end").code(), Some(0));
    told.join().expect("no panic");
}

/// Both sides of a terminal.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("its other side");
    let name = ptsname(&ours, Vec::new()).expect("its name");
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let theirs = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).expect("its other side");
    let size = rustix::termios::Winsize { ws_row: 12, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&theirs, size).expect("a size");
    (File::from(ours), theirs)
}

/// The command in a terminal, of which this gives our side.
fn watch_in_terminal(server: &Server) -> (File, Watching) {
    let (ours, theirs) = terminal();
    let mut command = upto(["watch", "ci", "--url", &server.listener.url]);
    command.env("TERM", "xterm").stdin(theirs.try_clone().expect("the same"));
    command.stdout(theirs.try_clone().expect("the same")).stderr(theirs);
    // The command has the other side, and so this has ours alone.
    (ours, Watching(command.spawn().expect("the command")))
}

/// Reads what is shown until that is among it.
fn see(ours: &mut File, seen: &mut String, until: &str) {
    let mut buffer = [0; 4096];
    while !seen.contains(until) {
        let length = ours.read(&mut buffer).expect("something to see");
        seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
}

#[test]
fn a_terminal_is_filled_and_given_back() {
    let server = Server::new();
    let (mut ours, mut watching) = watch_in_terminal(&server);
    let _stream = server.stream();
    let mut seen = String::new();
    see(&mut ours, &mut seen, "grown");
    see(&mut ours, &mut seen, "q quit");
    ours.write_all(b"q").expect("pressed");
    // The alternate screen is left.
    see(&mut ours, &mut seen, "\u{1b}[?1049l");
    assert_eq!(watching.0.wait().expect("its end").code(), Some(0));
}

#[test]
fn it_ends_with_its_terminal() {
    let server = Server::new();
    let (mut ours, mut watching) = watch_in_terminal(&server);
    let _stream = server.stream();
    see(&mut ours, &mut String::new(), "q quit");
    drop(ours);
    let (tell, ended) = channel();
    let waiting = std::thread::spawn(move || tell.send(watching.0.wait().is_ok()));
    ended.recv_timeout(crate::support::DEADLINE).expect("it goes on without a terminal");
    waiting.join().expect("no panic").expect("told");
}
