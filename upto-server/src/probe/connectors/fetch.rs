//! Asking over HTTP, with a limit on what comes.

use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};

use super::super::connector::ProbeError;
use super::super::settings::HttpTarget;
use crate::watch::requests;

/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 8 << 20;

/// What all targets without certificates of their own share: connections are kept, and the system's certificates are read
/// once.
pub(crate) struct Fetcher {
    shared: Client,
}

/// Asks below one address.
pub(in crate::probe) struct Fetch {
    client: Client,
    target: Arc<HttpTarget>,
}

/// A status and a body.
pub(in crate::probe) struct Fetched {
    pub(in crate::probe) status: u16,
    pub(in crate::probe) body: Vec<u8>,
}

impl Fetcher {
    /// # Errors
    /// No requests can be sent.
    pub(crate) fn new() -> Result<Self, ProbeError> {
        Ok(Fetcher { shared: client(&[])? })
    }

    /// # Errors
    /// The certificates can't be used.
    pub(in crate::probe) fn for_target(&self, target: &HttpTarget) -> Result<Fetch, ProbeError> {
        let client = match &target.ca {
            None => self.shared.clone(),
            Some(path) => {
                let unusable =
                    |problem: String| ProbeError::Malformed(format!("ca {}: {problem}", path.display()));
                let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
                let trusted = Certificate::from_pem_bundle(&pem)
                    .map_err(|_| unusable("no certificate in PEM".into()))?;
                client(&trusted)?
            }
        };
        Ok(Fetch { client, target: Arc::new(target.clone()) })
    }
}

fn client(trusted: &[Certificate]) -> Result<Client, ProbeError> {
    // How long it may take is for whoever runs the connector to say.
    let builder = requests::builder().redirect(Policy::none()).tls_certs_merge(trusted.iter().cloned());
    builder.build().map_err(|error| ProbeError::Malformed(format!("no requests can be sent: {error}")))
}

impl Fetch {
    /// Gets what is at the target's address with `path` added, which is empty for itself.
    ///
    /// # Errors
    /// [`ProbeError::Unreachable`] or [`ProbeError::TooLarge`]. Statuses are no errors here.
    pub(in crate::probe) async fn get(&self, path: &str) -> Result<Fetched, ProbeError> {
        let HttpTarget { url, login, token, .. } = &*self.target;
        let address =
            if path.is_empty() { url.clone() } else { format!("{}{path}", url.trim_end_matches('/')) };
        let mut request = self.client.get(address);
        if let Some((name, password)) = login {
            request = request.basic_auth(name, Some(password.reveal()));
        }
        if let Some(token) = token {
            request = request.bearer_auth(token.reveal());
        }
        let answer = request.send().await.map_err(|error| unreachable(&error))?;
        Ok(Fetched { status: answer.status().as_u16(), body: body(answer).await? })
    }

    /// The same, where only a success will do.
    ///
    /// # Errors
    /// [`ProbeError::Status`] too.
    pub(in crate::probe) async fn get_good(&self, path: &str) -> Result<Vec<u8>, ProbeError> {
        let Fetched { status, body } = self.get(path).await?;
        if (200..300).contains(&status) { Ok(body) } else { Err(ProbeError::Status(status)) }
    }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, ProbeError> {
    let is_too_large = |length| length > ANSWER_BYTES;
    if answer.content_length().is_some_and(|length| usize::try_from(length).map_or(true, is_too_large)) {
        return Err(ProbeError::TooLarge(ANSWER_BYTES));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
        if is_too_large(body.len() + chunk.len()) {
            return Err(ProbeError::TooLarge(ANSWER_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What lies at the bottom of an error: what stands above may have the address in it.
fn unreachable(error: &reqwest::Error) -> ProbeError {
    let cause = std::iter::successors(std::error::Error::source(error), |error| error.source()).last();
    ProbeError::Unreachable(cause.map_or_else(|| "the connection failed".to_owned(), ToString::to_string))
}
