//! One request for all messages.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::HeaderValue;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::{Agent, RequestBuilder};

use super::Failure;

/// Bytes of an answer at most; one to messages is small, a tree of many names is not.
pub(in crate::cli) const RESPONSE_BYTES: u64 = 256 << 20;
/// How long it may take to reach the server.
const TO_REACH: Duration = Duration::from_secs(10);
/// How long the server may take for an answer: it says itself, after 30 s, that its store does not confirm.
const TO_ANSWER: Duration = Duration::from_secs(40);

/// A server's HTTP side.
pub(in crate::cli) struct HttpServer {
    /// Without a slash at its end.
    url: String,
    /// For people: without the name and password that a URL may have.
    shown: String,
    /// What lets one in, if there is a token.
    authorization: Option<HeaderValue>,
    agent: Agent,
}

/// What the server says of messages that it has stored.
#[derive(Deserialize)]
struct Stored {
    timelines: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    name: String,
}

/// Why it did not store them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
}

impl HttpServer {
    /// One that is shown `token`, unless that is empty.
    ///
    /// # Errors
    /// The URL is none, or the token can't be one.
    pub(in crate::cli) fn new(url: &str, token: &str) -> Result<Self, Failure> {
        let is_url =
            ["http://", "https://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
        if !is_url || url.contains(|character: char| character.is_control() || character == ' ') {
            return Err(Failure::Url(url.to_owned()));
        }
        // The system's certificates, so that those of a company's own authority hold.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // An answer from elsewhere is none: messages would arrive as an empty request there.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("upto/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(TO_REACH))
            .timeout_connect(Some(TO_REACH))
            .timeout_recv_response(Some(TO_ANSWER))
            .timeout_per_read(Some(TO_ANSWER))
            .timeout_per_write(Some(TO_ANSWER));
        let url = url.trim_end_matches('/').to_owned();
        let authorization = authorization(token)?;
        Ok(HttpServer { shown: without_secrets(&url), url, authorization, agent: config.build().new_agent() })
    }

    /// Where the API is.
    pub(in crate::cli) fn url(&self) -> &str {
        &self.url
    }

    /// Where it is, for people.
    pub(in crate::cli) fn shown(&self) -> &str {
        &self.shown
    }

    /// A request for what is at this address of the server.
    pub(in crate::cli) fn get(&self, address: &str) -> RequestBuilder<WithoutBody> {
        self.with_authorization(self.agent.get(address))
    }

    fn with_authorization<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        }
    }

    /// Sends messages in one request; they are stored when this returns. The timelines that they went to.
    ///
    /// # Errors
    /// No answer came, or one that is no confirmation.
    pub(super) fn deliver(&self, messages: &[Vec<u8>]) -> Result<Vec<String>, Failure> {
        let url = format!("{}/api/events", self.url);
        let request = self.with_authorization(self.agent.post(&url));
        let request = request.header("content-type", "application/msgpack");
        // One after the other, as they are.
        let answer = read(&self.shown, request.send(messages.concat()))?;
        let stored: Stored = serde_json::from_str(&answer)
            .map_err(|error| Failure::Answer { url: self.shown.clone(), problem: error.to_string() })?;
        Ok(stored.timelines.into_iter().map(|place| place.name).collect())
    }
}

/// The text of an answer that is a success.
///
/// # Errors
/// There is no answer, or it is none.
pub(in crate::cli) fn read(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<String, Failure> {
    let unreachable = |source| Failure::Unreachable { url: url.to_owned(), source: Box::new(source) };
    let response = response.map_err(unreachable)?;
    let status = response.status();
    let body =
        response.into_body().into_with_config().limit(RESPONSE_BYTES).lossy_utf8(true).read_to_string();
    let body = body.map_err(unreachable)?;
    if status.is_success() {
        return Ok(body);
    }
    let problem: Problem = serde_json::from_str(&body).unwrap_or_default();
    let detail = [problem.detail, problem.title, status.canonical_reason().unwrap_or_default().to_owned()];
    let detail = detail.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Err(Failure::Refused { url: url.to_owned(), status: status.as_u16(), detail })
}

fn authorization(token: &str) -> Result<Option<HeaderValue>, Failure> {
    if token.is_empty() {
        return Ok(None);
    }
    let mut authorization = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Failure::Token)?;
    authorization.set_sensitive(true);
    Ok(Some(authorization))
}

/// Without secrets.
impl fmt::Debug for HttpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// For people and tests.
impl fmt::Display for HttpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

/// A URL without what stands before an `@` in its authority.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let secret = authority.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", rest.get(secret..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        for (url, shown) in [
            ("http://h:1/", "http://h:1"),
            ("https://user:p@ss@h/base", "https://h/base"),
            ("http://h/a@b", "http://h/a@b"),
        ] {
            assert_eq!(HttpServer::new(url, "").expect("a URL").to_string(), shown);
        }
    }

    #[test]
    fn other_schemes_are_no_servers() {
        for url in ["", "h:8080", "ftp://h", "http://", "http://h i", "http://h\n"] {
            assert!(HttpServer::new(url, "").is_err(), "{url}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let server = HttpServer::new("http://h", "upto_secret").expect("a token");
        assert!(server.authorization.is_some() && format!("{server:?}") == "http://h");
        assert!(matches!(HttpServer::new("http://h", "a\nb"), Err(Failure::Token)));
    }
}
