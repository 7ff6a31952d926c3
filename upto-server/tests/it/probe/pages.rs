//! A server of HTTP that replays pages.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// A body that stands for the number of the answer, as JSON.
pub(super) const COUNT: &[u8] = b"COUNT";

/// A status and a body.
type Page = (u16, Arc<[u8]>);

/// What is answered, by path.
#[derive(Clone)]
pub(super) struct Pages {
    pub(super) url: String,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    answered: Arc<(Mutex<u64>, Condvar)>,
}

impl Pages {
    pub(super) fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let pages = Pages { url, pages: Arc::default(), answered: Arc::default() };
        let own = pages.clone();
        thread::spawn(move || {
            for stream in socket.incoming() {
                let own = own.clone();
                thread::spawn(move || own.answer(&stream.expect("a connection")));
            }
        });
        pages
    }

    /// What is answered from now on.
    pub(super) fn set(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        self.pages.lock().expect("not poisoned").insert(path.to_owned(), (status, body.into().into()));
    }

    /// How many requests were answered.
    pub(super) fn count(&self) -> u64 {
        *self.answered.0.lock().expect("not poisoned")
    }

    /// Waits until so many requests were answered.
    pub(super) fn wait_for(&self, count: u64, patience: Duration) {
        let (answered, more) = &*self.answered;
        let answered = answered.lock().expect("not poisoned");
        let waited = more.wait_timeout_while(answered, patience, |answered| *answered < count);
        let (answered, waited) = waited.expect("not poisoned");
        assert!(!waited.timed_out(), "{answered} of {count} requests within {patience:?}");
    }

    /// Notes one more answer; its number.
    fn note(&self) -> u64 {
        let (answered, more) = &*self.answered;
        let mut answered = answered.lock().expect("not poisoned");
        *answered += 1;
        more.notify_all();
        *answered
    }

    /// Requests over one connection, until the client leaves.
    fn answer(&self, mut stream: &TcpStream) {
        let mut lines = BufReader::new(stream);
        loop {
            let mut request = String::new();
            if lines.read_line(&mut request).unwrap_or(0) == 0 {
                return;
            }
            let mut header = String::new();
            while lines.read_line(&mut header).is_ok_and(|read| read > 2) {
                header.clear();
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let known = self.pages.lock().expect("not poisoned").get(path).cloned();
            let (status, body) = known.unwrap_or_else(|| (404, Arc::default()));
            let count = self.note();
            let body =
                if *body == *COUNT { format!("{{\"count\": {count}}}").into_bytes().into() } else { body };
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
            // The client may have heard enough.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    }
}
