//! Where the server is: its addresses, found by a thread of their own.
//!
//! The system's resolver blocks, for as long as the name servers that it asks do not answer. Whoever sends goes on
//! meanwhile with the addresses that were known before. An address needs no asking.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long an answer is waited for where there is nowhere to send to. Meanwhile what happens waits in the queues: the
/// system's resolver takes that long with a name server that does not answer, before it asks the next one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Finds the server's addresses.
type LookUp = dyn Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync;
type Answer = io::Result<Vec<SocketAddr>>;

/// A server's name, and what it was found to stand for.
pub(super) struct Server {
    name: Name,
    /// By the latest answer that was one; empty: there was none.
    addresses: Vec<SocketAddr>,
    /// Of the latest question, which nothing has answered yet.
    answer: Option<Receiver<Answer>>,
    /// That question was waited for as long as it may.
    has_waited: bool,
    asked: Option<Instant>,
    patience: Duration,
}

enum Name {
    Address,
    LookedUp(Arc<LookUp>),
}

impl Server {
    pub(super) fn new(host: String, port: u16) -> Self {
        match host.parse::<IpAddr>() {
            Ok(address) => Self::of(Name::Address, vec![(address, port).into()]),
            Err(_) => Self::found_by(move || Ok((host.as_str(), port).to_socket_addrs()?.collect())),
        }
    }

    /// One that `look_up` finds.
    pub(super) fn found_by(look_up: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::of(Name::LookedUp(Arc::new(look_up)), Vec::new())
    }

    fn of(name: Name, addresses: Vec<SocketAddr>) -> Self {
        Server { name, addresses, answer: None, has_waited: false, asked: None, patience: PATIENCE }
    }

    /// Waits less long for answers.
    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Server { patience, ..self }
    }

    /// True if it is known to have more than one address.
    pub(super) fn has_several(&self) -> bool {
        self.addresses.len() > 1
    }

    /// When it was last asked for; `None`: never.
    pub(super) fn asked(&self) -> Option<Instant> {
        self.asked
    }

    /// Asks where it is, unless the last question is not answered yet.
    pub(super) fn ask(&mut self, now: Instant) {
        let Name::LookedUp(look_up) = &self.name else { return };
        if self.answer.is_none() {
            self.asked = Some(now);
            self.has_waited = false;
            // Without memory for a thread, it is asked again as if nobody had known the name.
            self.answer = in_a_thread(look_up.clone()).ok();
        }
    }

    /// Its addresses, if an answer has come since this was last asked.
    pub(super) fn news(&mut self) -> Option<&[SocketAddr]> {
        self.hear(Duration::ZERO).then_some(self.addresses.as_slice())
    }

    /// Its addresses by an answer to a question that is asked now, or is open: after waiting for it for a while, once. If
    /// none comes, what is known from before.
    pub(super) fn addresses(&mut self, now: Instant) -> &[SocketAddr] {
        self.ask(now);
        let patience = if self.has_waited { Duration::ZERO } else { self.patience };
        self.hear(patience);
        &self.addresses
    }

    /// Takes the answer, if it comes within `patience` and is one.
    fn hear(&mut self, patience: Duration) -> bool {
        let Some(answer) = &self.answer else { return false };
        let heard = answer.recv_timeout(patience);
        if matches!(heard, Err(RecvTimeoutError::Timeout)) {
            self.has_waited |= !patience.is_zero();
            return false;
        }
        self.answer = None;
        let Ok(Ok(addresses)) = heard else { return false };
        self.addresses = addresses;
        true
    }
}

/// Looks it up in a thread that ends with that, and takes no signals, as the one that starts it takes none.
fn in_a_thread(look_up: Arc<LookUp>) -> io::Result<Receiver<Answer>> {
    let (tell, answer) = sync_channel(1);
    let ask = move || {
        // Nobody hears it if the client has ended meanwhile.
        let _ = tell.send(look_up());
    };
    thread::Builder::new().name("upto-resolver".to_owned()).spawn(ask)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_no_asking() {
        for (host, address) in [("127.0.0.1", "127.0.0.1:9"), ("::1", "[::1]:9")] {
            let mut server = Server::new(host.to_owned(), 9);
            assert_eq!(server.addresses(Instant::now()), [address.parse().expect("an address")]);
            assert!(server.asked().is_none() && server.answer.is_none());
        }
    }

    #[test]
    fn what_no_thread_answers_is_asked_again() {
        let mut server = Server::found_by(|| std::panic::resume_unwind(Box::new("on purpose")));
        for _ in 0..2 {
            assert!(server.addresses(Instant::now()).is_empty() && server.answer.is_none());
        }
    }

    #[test]
    fn names_that_are_known_no_more_keep_their_addresses() {
        let (tell, told) = sync_channel(2);
        let told = std::sync::Mutex::new(told);
        let address: SocketAddr = "127.0.0.1:9".parse().expect("an address");
        let mut server = Server::found_by(move || {
            told.lock().expect("no panic").recv().unwrap_or(Err(io::ErrorKind::NotFound.into()))
        });
        tell.send(Ok(vec![address])).expect("it is heard");
        assert_eq!(server.addresses(Instant::now()), [address]);
        drop(tell);
        assert_eq!(server.addresses(Instant::now()), [address]);
    }
}
