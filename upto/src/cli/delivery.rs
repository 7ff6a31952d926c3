//! How messages reach the server: as datagrams that nobody answers, or as a request that is answered when they are stored.

mod http;
mod udp;

use std::fmt;

pub(super) use self::http::{HttpServer, read};
use self::udp::UdpServer;
use super::failure::Failure;

/// Takes messages to a server.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Nothing is sent: `UPTO=off`.
    Off,
    Udp(UdpServer),
    Http(HttpServer),
}

impl Delivery {
    pub(super) fn off() -> Self {
        Delivery::Off
    }

    pub(super) fn udp(host: &str, port: u16) -> Self {
        Delivery::Udp(UdpServer::new(host, port))
    }

    /// # Errors
    /// The URL is none, or the token can't be one.
    pub(super) fn http(url: &str, token: &str) -> Result<Self, Failure> {
        HttpServer::new(url, token).map(Delivery::Http)
    }

    /// True if sending takes no longer than a call of the system.
    pub(super) fn is_prompt(&self) -> bool {
        match self {
            Delivery::Off => true,
            Delivery::Udp(server) => server.is_resolved(),
            Delivery::Http(_) => false,
        }
    }

    /// Sends messages, in this order; the timelines that they went to, as far as the server tells.
    ///
    /// # Errors
    /// They could not be sent, or the server did not take them.
    pub(super) fn deliver(&self, messages: &[Vec<u8>]) -> Result<Vec<String>, Failure> {
        match self {
            Delivery::Off => Ok(Vec::new()),
            Delivery::Udp(server) => server.deliver(messages).map(|()| Vec::new()),
            Delivery::Http(server) => server.deliver(messages),
        }
    }
}

/// For people and tests.
impl fmt::Display for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delivery::Off => formatter.write_str("off"),
            Delivery::Udp(server) => write!(formatter, "udp {server}"),
            Delivery::Http(server) => server.fmt(formatter),
        }
    }
}
