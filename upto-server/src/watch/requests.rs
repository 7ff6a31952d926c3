//! How requests leave: alerts, pings, probes, and what is asked of a fleet.

use reqwest::{Client, ClientBuilder};

/// A client that is yet to be set up.
pub(crate) fn builder() -> ClientBuilder {
    // Fails where there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().user_agent(concat!("upto-server/", env!("CARGO_PKG_VERSION")))
}

/// Why a request was not answered, without the address: that may be a secret.
pub(crate) fn no_answer(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let cause = std::iter::successors(std::error::Error::source(error), |error| error.source()).last();
    format!("no answer: {}", cause.map_or_else(|| "the connection failed".to_owned(), ToString::to_string))
}
