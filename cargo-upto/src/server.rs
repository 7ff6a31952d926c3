//! The server that the build is told to: one in this process, or one that runs already.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use tokio::runtime::Runtime;
use upto::settings::Settings;
use upto_server::config::{HTTP_PORT, UDP_PORT};
use upto_server::store::{StoreErrorKind, StoreUrl};
use upto_server::{Handle, StartError, Unstored};

use crate::api;
use crate::problem::Problem;

/// Where to send events to and where to read them.
#[derive(Debug)]
pub(crate) struct Server {
    /// `host:port` for datagrams.
    pub(crate) udp: String,
    /// The page and the API, without a slash at the end.
    pub(crate) url: String,
    own: Option<Handle>,
}

impl Server {
    /// The one that `UPTO_SERVER` names, or a new one with the usual store in the current folder.
    ///
    /// # Errors
    /// The variables don't parse, or the server does not start.
    pub(crate) fn find_or_start(runtime: &Runtime) -> Result<Self, Problem> {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match given("UPTO_SERVER") {
            Some(server) => Server::remote(server, given("UPTO_URL")),
            None => runtime.block_on(Server::start(StoreUrl::default())),
        }
    }

    /// The one that `UPTO_SERVER` names, or one that answers where this machine's is (or where `UPTO_URL` says), or
    /// else a new one that keeps its timelines in the folder `data`.
    ///
    /// # Errors
    /// As [`find_or_start`](Self::find_or_start).
    pub(crate) fn known_or_own(runtime: &Runtime, data: PathBuf) -> Result<Self, Problem> {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(server) = given("UPTO_SERVER") {
            return Server::remote(server, given("UPTO_URL"));
        }
        let usual = Server::remote(format!("127.0.0.1:{UDP_PORT}"), given("UPTO_URL"))?;
        if api::answers(&usual.url) {
            return Ok(usual);
        }
        Server::own_in(runtime, data)
    }

    /// A new one that keeps its timelines in the folder `data`.
    ///
    /// # Errors
    /// It does not start, mostly because another one has the folder open.
    pub(crate) fn own_in(runtime: &Runtime, data: PathBuf) -> Result<Self, Problem> {
        runtime.block_on(Server::start(StoreUrl::Redb(data.clone()))).map_err(|problem| match problem {
            Problem::Locked => Problem::InUse(data),
            other => other,
        })
    }

    fn remote(server: String, url: Option<String>) -> Result<Self, Problem> {
        let mut settings = Settings::default();
        settings.set_server("UPTO_SERVER", &server)?;
        let host = &settings.server_host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let url = url.unwrap_or_else(|| format!("http://{host}:{HTTP_PORT}"));
        Ok(Server { udp: server, url: url.trim_end_matches('/').to_owned(), own: None })
    }

    /// Starts one on the usual ports, or on any where those are taken.
    async fn start(store: StoreUrl) -> Result<Self, Problem> {
        let (mut udp, mut http) = (UDP_PORT, HTTP_PORT);
        loop {
            let server = upto_server::Server::builder().udp(loopback(udp)).http(loopback(http));
            match server.store(store.clone()).start().await {
                Ok(handle) => return Ok(Server::own(handle)),
                Err(error) => {
                    let port = if is_taken(&error, "udp") { &mut udp } else { &mut http };
                    if *port == 0 || !(is_taken(&error, "udp") || is_taken(&error, "http")) {
                        return Err(problem(error));
                    }
                    *port = 0;
                }
            }
        }
    }

    fn own(handle: Handle) -> Self {
        let udp = handle.udp_addresses().first().map(ToString::to_string).unwrap_or_default();
        let url = handle.http_urls().next().unwrap_or_default();
        Server { udp, url, own: Some(handle) }
    }

    /// True if it runs in this process and ends with it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Ends it, if it is ours, when everything that it has taken is stored.
    ///
    /// # Errors
    /// Its store did not take everything.
    pub(crate) fn stop(self, runtime: &Runtime) -> Result<(), Unstored> {
        self.own.map_or(Ok(()), |handle| runtime.block_on(handle.shutdown()))
    }
}

fn loopback(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

fn is_taken(error: &StartError, listener: &str) -> bool {
    matches!(error, StartError::Listen { protocol, source, .. }
        if *protocol == listener && source.kind() == ErrorKind::AddrInUse)
}

fn problem(error: StartError) -> Problem {
    match error {
        StartError::Store(store) if store.kind() == StoreErrorKind::Locked => Problem::Locked,
        error => Problem::Start(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(server: &str, url: Option<&str>) -> String {
        Server::remote(server.to_owned(), url.map(str::to_owned)).expect("a server").url
    }

    #[test]
    fn the_page_is_on_the_same_host_unless_told_otherwise() {
        assert_eq!(url("ci:9000", None), "http://ci:8080");
        assert_eq!(url("[::1]:9000", None), "http://[::1]:8080");
        assert_eq!(url("ci", Some("http://other:1/")), "http://other:1");
    }

    #[test]
    fn a_server_that_does_not_parse_is_an_error() {
        for given in ["http://ci:9000", "ci:http", "a b"] {
            let problem = Server::remote(given.to_owned(), None).expect_err("no address").to_string();
            assert!(problem.starts_with("UPTO_SERVER="), "{problem}");
        }
    }
}
