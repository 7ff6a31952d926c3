//! What the doors of a server are told at its start.

use std::path::PathBuf;
use std::time::Duration;

/// Who gets in, and how much of everything. The defaults are those of `upto-server serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoorSettings {
    /// Nobody needs a token, whether there are some or not, and addresses that are not loopback are fine.
    pub no_auth: bool,
    /// Names, beside those of loopback, by which this server may be asked for; in lower case.
    pub allowed_hosts: Vec<String>,
    /// Origins, such as `https://ci.example`, whose pages may ask with a token.
    pub cors: Vec<String>,
    /// The certificate and the key of HTTPS. `None`: HTTP.
    pub tls: Option<TlsFiles>,
    /// A file in PEM: whoever shows a certificate that is signed by one of these is let in, with the scopes that it says
    /// (`upto-server pki issue` writes them), and nobody else without a token. `None`: nobody is asked for one.
    pub client_ca: Option<PathBuf>,
    /// How often it is looked whether those files changed.
    pub tls_period: Duration,
    /// Requests in a second from one address. `None`: 1,000, but for loopback as many as come.
    pub address_rate: Option<u32>,
    /// Requests in a second with one token, at least 1.
    pub token_rate: u32,
    /// Datagrams in a second from one address that is not loopback. 0: as many as come.
    pub udp_rate: u32,
    /// Connections at once, at least 1; half as many from one address.
    pub connections: usize,
    /// How long a client has to send the header of a request, and may be idle between two.
    pub header_time: Duration,
    /// How long a client has to send the body of a request; a second more for each 64 KiB.
    pub body_time: Duration,
    /// How long the reader of a live stream may take nothing of what it is told. Then the stream ends; after twice as long,
    /// the connection is cut off.
    pub reader_time: Duration,
}

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those above it.
    pub certificate: PathBuf,
    /// Its key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

impl Default for DoorSettings {
    fn default() -> Self {
        DoorSettings {
            no_auth: false,
            allowed_hosts: Vec::new(),
            cors: Vec::new(),
            tls: None,
            client_ca: None,
            tls_period: Duration::from_secs(10),
            address_rate: None,
            token_rate: 5_000,
            udp_rate: 100_000,
            connections: 4_096,
            header_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            reader_time: Duration::from_secs(20),
        }
    }
}
