//! How requests leave: alerts, pings and probes.

use reqwest::{Client, ClientBuilder};

/// A client that is yet to be set up.
pub(crate) fn builder() -> ClientBuilder {
    // Fails where there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().user_agent(concat!("upto-server/", env!("CARGO_PKG_VERSION")))
}
