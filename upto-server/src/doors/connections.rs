//! Connections: how many there may be, what they have to say in time, and HTTP over them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::certified::{self, Certified};
use super::cut::Cut;
use super::headers;
use super::rate::network;
use super::settings::DoorSettings;
use crate::metrics::{Input, Metrics};

/// Bytes that the header of a request has at most, over HTTP/1.
const HEADER_BYTES: usize = 64 << 10;
/// The same over HTTP/2, where names and values count as they are before they are packed.
const HEADER_LIST_BYTES: u32 = 64 << 10;
/// Requests at once over one connection of HTTP/2.
const STREAMS: u32 = 128;
/// After so long a silence of a client over HTTP/2, it is asked whether it is still there.
const PING_AFTER: Duration = Duration::from_secs(30);
/// How long it is waited when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(100);
/// How long it is read what nobody wants, so that the client sees the answer.
const LINGER: Duration = Duration::from_secs(1);
/// The first byte of TLS: a handshake.
const HANDSHAKE: u8 = 0x16;

/// Said to who asks for HTTP where there is HTTPS.
const WRONG_PROTOCOL: &str = concat!(
    "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n",
    "content-length: 108\r\n\r\n",
    r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"this port speaks HTTPS: ask https://..."}"#,
);
/// Said to whom there is no room for.
const TOO_MANY: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nconnection: close\r\n",
    "retry-after: 1\r\ncontent-length: 106\r\n\r\n",
    r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections at once"}"#,
    "\n",
);

/// How a request came in: one is among the extensions of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) peer: SocketAddr,
    /// The address of this server that it came to.
    pub(crate) local: SocketAddr,
    pub(crate) is_tls: bool,
}

/// What all listeners of a server share.
#[derive(Clone)]
pub(crate) struct Connections {
    router: Router,
    tls: Option<TlsAcceptor>,
    settings: Arc<DoorSettings>,
    metrics: Arc<Metrics>,
    counts: Arc<Counts>,
    stop: watch::Receiver<bool>,
}

impl Connections {
    pub(crate) fn new(
        router: Router,
        tls: Option<TlsAcceptor>,
        settings: Arc<DoorSettings>,
        metrics: Arc<Metrics>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let counts = Arc::new(Counts::new(settings.connections));
        Connections { router, tls, settings, metrics, counts, stop }
    }

    /// Serves until it is told to stop; then answers what was asked already. Whoever drops this cuts all off.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let (mut stop, mut open) = (self.stop.clone(), JoinSet::new());
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = open.join_next() => continue,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, peer)) => self.take(stream, peer, &mut open),
                // One that ended before it was accepted, or the system has no more sockets: those get free.
                Err(_) => sleep(PAUSE).await,
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, open: &mut JoinSet<()>) {
        // Answers are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let is_tls = self.tls.is_some();
        match (Counts::add(&self.counts, network(peer.ip())), stream.local_addr()) {
            (Some(place), Ok(local)) => {
                let connection = self.clone().run(stream, Arrival { peer, local, is_tls });
                open.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            (None, _) => {
                self.metrics.count_refused(Input::Http, "connections", 1);
                // Whoever speaks TLS would not understand; it is not waited whether somebody reads.
                let _ = stream.try_write(if is_tls { b"" } else { TOO_MANY.as_bytes() });
            }
            (Some(_), Err(_)) => {}
        }
    }

    async fn run(self, mut stream: TcpStream, arrival: Arrival) {
        let Some(tls) = &self.tls else { return self.speak(stream, arrival, None).await };
        let patience = self.settings.header_time;
        let mut first = [0];
        // Whoever says nothing in time is left.
        let Ok(Ok(1)) = timeout(patience, stream.peek(&mut first)).await else { return };
        if first != [HANDSHAKE] {
            self.metrics.count_refused(Input::Http, "not_tls", 1);
            let _ = stream.write_all(WRONG_PROTOCOL.as_bytes()).await;
            return linger(stream).await;
        }
        if let Ok(Ok(stream)) = timeout(patience, tls.accept(stream)).await {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certified = shown.and_then(certified::token);
            self.speak(stream, arrival, certified).await;
        }
    }

    /// HTTP/1 or HTTP/2, whichever the client speaks.
    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        arrival: Arrival,
        certified: Option<Certified>,
    ) {
        let has_asked = Arc::new(AtomicBool::new(false));
        let (asked, router) = (has_asked.clone(), self.router.clone());
        let cut = Cut::default();
        let cut_here = cut.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            asked.store(true, Ordering::Release);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(arrival.peer));
            request.extensions_mut().insert(arrival);
            if let Some(certified) = certified.clone() {
                request.extensions_mut().insert(certified);
            }
            request.extensions_mut().insert(cut_here.clone());
            let answer = router.clone().oneshot(request);
            async move {
                let answer = answer.await.unwrap_or_else(|never| match never {});
                Ok::<_, Infallible>(headers::added(answer))
            }
        });
        let builder = self.builder();
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let (mut stop, mut is_stopping) = (self.stop.clone(), false);
        // What the client sends before its first request is not a request's header yet, so nobody else limits its time.
        let mut first = pin!(sleep(self.settings.header_time));
        loop {
            tokio::select! {
                // Errors of one connection are its client's.
                _ = connection.as_mut() => return,
                () = cut.wanted() => return,
                () = first.as_mut(), if !has_asked.load(Ordering::Acquire) && !first.is_elapsed() => {
                    if !has_asked.load(Ordering::Acquire) {
                        return;
                    }
                }
                _ = stop.wait_for(|stop| *stop), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_time)
            .max_buf_size(HEADER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(HEADER_LIST_BYTES)
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(PING_AFTER);
        builder
    }
}

/// Reads what was sent already: a connection that is closed before that is cut off, and its client sees no answer.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut ignored = [0; 1_024];
    let read_all = async { while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {} };
    let _ = timeout(LINGER, read_all).await;
}

/// How many connections there are, in all and by address.
#[derive(Debug)]
struct Counts {
    limit: usize,
    /// Addresses without connections are not among them.
    of: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
struct Counted(Arc<Counts>, IpAddr);

impl Counts {
    fn new(limit: usize) -> Self {
        Counts { limit: limit.max(1), of: Mutex::default() }
    }

    /// Counts one more; `None`: there are enough, or enough from there.
    fn add(counts: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let mut of = counts.of.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *of;
        let here = by_address.get(&address).copied().unwrap_or(0);
        if *all >= counts.limit || here >= counts.limit.div_ceil(2) {
            return None;
        }
        *all += 1;
        by_address.insert(address, here + 1);
        Some(Counted(counts.clone(), address))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut of = self.0.of.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *of;
        *all -= 1;
        match by_address.get_mut(&self.1) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(by_address.remove(&self.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_has_more_than_half_and_all_together_no_more_than_the_limit() {
        let counts = Arc::new(Counts::new(4));
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let add = |last| Counts::add(&counts, address(last));
        let (first, second) = (add(1), add(1));
        assert!(first.is_some() && second.is_some() && add(1).is_none());
        let (third, fourth) = (add(2), add(3));
        assert!(third.is_some() && fourth.is_some() && add(4).is_none());
        drop(first);
        assert!(add(4).is_some());
        drop((second, third, fourth));
        assert_eq!(counts.of.lock().expect("nobody panicked").1.len(), 0);
    }

    #[test]
    fn what_is_said_in_haste_is_as_long_as_it_says() {
        for said in [WRONG_PROTOCOL, TOO_MANY] {
            let (head, body) = said.split_once("\r\n\r\n").expect("a head and a body");
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            assert_eq!(length.parse(), Ok(body.len()), "{said}");
            serde_json::from_str::<serde_json::Value>(body).expect("JSON");
        }
    }
}
