//! Requests over HTTP and HTTPS to one server, or to one agent.
//!
//! The client waits in a thread of its own, so that nothing that runs here waits with it, also when all ends.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;
use ureq::http::Request;
use ureq::tls::{RootCerts, TlsConfig};

use crate::api::BODY_BYTES;
use crate::clock::Clock;
use crate::doors::{certificates, token_in};

/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: longer than anybody waits for something to hand over.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an error's text that are told.
const PROBLEM_BYTES: usize = 500;

/// Where to ask, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Such as `https://upto.example:8080`.
    pub url: String,
    /// The token to show, if one is needed.
    pub token: Option<TokenSource>,
    /// A file in PEM with the certificates that the other side's has to be signed by. `None`: those that the system trusts.
    pub ca: Option<PathBuf>,
}

/// Where a token is. It is never an argument, which everybody on the machine can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// In this file.
    File(PathBuf),
    /// In the variable `UPTO_TOKEN`; if that is not set, there is none.
    Variable,
}

impl Target {
    /// What is wrong with a URL, without what may be secret in it.
    pub(crate) fn fault(url: &str) -> Option<&'static str> {
        let is_http = url.starts_with("http://") || url.starts_with("https://");
        (!is_http || url.contains(['@', '?', '#']))
            .then_some("expected http://HOST:PORT or https://HOST:PORT; a token belongs into a file")
    }

    /// The token, read from where it is.
    pub(crate) fn token(&self) -> Result<Option<String>, Box<dyn std::error::Error>> {
        match &self.token {
            Some(TokenSource::File(file)) => token_in(Some(file)),
            Some(TokenSource::Variable) => token_in(None),
            None => Ok(None),
        }
    }
}

/// Why there is no answer that helps.
#[derive(Debug, Error)]
pub(crate) enum CourierError {
    /// The target can't be used as it is.
    #[error("{0}")]
    Target(String),
    /// There was no answer.
    #[error("{url}: {problem}")]
    Unreachable { url: String, problem: String },
    /// The answer is an error.
    #[error("{url}: {status} {detail}")]
    Refused { url: String, status: u16, detail: String },
}

/// An answer that is a success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    /// When it began to come, in nanoseconds since the epoch.
    pub(crate) at: i64,
}

/// Carries requests, one after the other.
pub(crate) struct Courier {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    path: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    answer: oneshot::Sender<Result<Answer, CourierError>>,
}

/// What the thread works with.
struct Client {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Courier").finish_non_exhaustive()
    }
}

impl Courier {
    /// Reads the token and the certificates. The thread ends when this is dropped.
    ///
    /// # Errors
    /// [`CourierError::Target`]: a file can't be read, or the URL is none.
    pub(crate) fn start(target: &Target, clock: Arc<dyn Clock>) -> Result<Self, CourierError> {
        let client = Client::new(target, clock)?;
        let (jobs, taken) = mpsc::channel();
        let work = move || taken.iter().for_each(|job: Job| client.work(job));
        let started = thread::Builder::new().name("upto-courier".into()).spawn(work);
        started.map_err(|error| CourierError::Target(error.to_string()))?;
        Ok(Courier { jobs })
    }

    /// Posts a body.
    ///
    /// # Errors
    /// [`CourierError::Unreachable`] or [`CourierError::Refused`].
    pub(crate) async fn post(
        &self,
        path: &'static str,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Answer, CourierError> {
        let (answer, answered) = oneshot::channel();
        let gone = || CourierError::Target("the thread that asks has ended".to_owned());
        self.jobs.send(Job { path, content_type, body, answer }).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Client {
    fn new(target: &Target, clock: Arc<dyn Clock>) -> Result<Self, CourierError> {
        if let Some(fault) = Target::fault(&target.url) {
            return Err(CourierError::Target(fault.to_owned()));
        }
        let url = target.url.trim_end_matches('/').to_owned();
        let unusable = |error: Box<dyn std::error::Error>| CourierError::Target(error.to_string());
        let token = target.token().map_err(unusable)?;
        let roots = target.ca.as_deref().map(certificates).transpose().map_err(unusable)?;
        let tls = TlsConfig::builder().root_certs(roots.unwrap_or(RootCerts::PlatformVerifier)).build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(PATIENCE))
            // A token is shown to nobody else.
            .max_redirects(0)
            .tls_config(tls);
        Ok(Client { agent: config.build().into(), url, token, clock })
    }

    fn work(&self, job: Job) {
        let Job { path, content_type, body, answer } = job;
        // Nobody may wait for it any more.
        let _ = answer.send(self.post(path, content_type, &body));
    }

    fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, CourierError> {
        let url = || self.url.clone();
        let unreachable = |problem: String| CourierError::Unreachable { url: url(), problem };
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("{}{path}", self.url))
            .header("content-type", content_type);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).map_err(|error| unreachable(error.to_string()))?;
        let answer = self.agent.run(request).map_err(|error| unreachable(error.to_string()))?;
        let (at, status) = (self.clock.now(), answer.status());
        let body = answer.into_body().into_with_config().limit(BODY_BYTES as u64).read_to_vec();
        let body = body.map_err(|error| unreachable(error.to_string()))?;
        if status.is_success() {
            return Ok(Answer { body, at });
        }
        Err(CourierError::Refused { url: url(), status: status.as_u16(), detail: detail(&body) })
    }
}

/// What a problem says, or else a bit of what came, in one line.
fn detail(body: &[u8]) -> String {
    let problem = serde_json::from_slice::<serde_json::Value>(body).ok();
    let told = problem.as_ref().and_then(|problem| problem["detail"].as_str()).map(str::to_owned);
    let text = told.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(PROBLEM_BYTES)
        .collect()
}
