//! Those who watch a timeline while it grows, some of whom never read what they are told, and one who asks all the time.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use upto_bench_harness::api::Api;

use crate::failure::Failure;

/// Clients that ask to be told everything, and then read nothing.
const WATCHING: usize = 50;
/// Between one look at the whole and the next.
const PAUSE: Duration = Duration::from_millis(200);

/// A crowd around one timeline.
pub(crate) struct Crowd {
    watching: Vec<TcpStream>,
    leave: Arc<AtomicBool>,
    asking: JoinHandle<Result<u64, Failure>>,
}

impl Crowd {
    /// Comes to look at the timeline at `path` of the server at `address`.
    ///
    /// # Errors
    /// The server takes no connection.
    pub(crate) fn gather(address: SocketAddr, api: Api, path: &str) -> Result<Self, Failure> {
        let watching = (0..WATCHING).map(|_| watch(address, path)).collect::<Result<_, _>>()?;
        let leave = Arc::new(AtomicBool::new(false));
        let (is_over, path) = (leave.clone(), path.to_owned());
        let asking = thread::spawn(move || ask(&api, &path, &is_over));
        Ok(Crowd { watching, leave, asking })
    }

    /// Goes away; how often somebody was answered.
    ///
    /// # Errors
    /// The server did not answer once.
    pub(crate) fn leave(self) -> Result<u64, Failure> {
        self.leave.store(true, Ordering::Relaxed);
        let answers = self.asking.join().unwrap_or(Err(Failure::Missing("the one who asks")))?;
        drop(self.watching);
        Ok(answers)
    }
}

fn watch(address: SocketAddr, path: &str) -> Result<TcpStream, Failure> {
    let doing = Failure::system("watch a timeline");
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        write!(stream, "GET {path}/live HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n")?;
        Ok(stream)
    });
    asked.map_err(doing)
}

/// Looks at the whole, at what fits a screen, at the table of all events, and at what goes through them, in turns.
fn ask(api: &Api, path: &str, is_over: &AtomicBool) -> Result<u64, Failure> {
    let parts = ["", "/view?width=1600&rows=40", "/columns", "/blame", "/critical-path", "/tree"];
    let questions = parts.map(|part| format!("{path}{part}"));
    let mut answers = 0;
    for question in questions.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        // It may not be there yet, or be more than is answered at once.
        answers += u64::from(api.text(question).is_ok());
        thread::sleep(PAUSE);
    }
    Ok(answers)
}
