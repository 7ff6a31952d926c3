//! Tokens of a server that runs, over its API.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{Request, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::{Order, Outcome, Shown};

/// The variable with the token to ask with. As an argument, everybody on the machine could see it.
const VARIABLE: &str = "UPTO_TOKEN";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, and the token to ask it with.
pub(super) struct Remote {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    token: String,
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "_embedded")]
    embedded: Items,
}

#[derive(Deserialize)]
struct Items {
    item: Vec<Shown>,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

/// The token to ask with: that in the file, or else in the variable.
pub(crate) fn token(file: Option<&Path>) -> Outcome<Option<String>> {
    let given = match file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            Some(read.map_err(|error| format!("{}: {error}", file.display()))?)
        }
        None => std::env::var(VARIABLE).ok(),
    };
    Ok(given.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()))
}

impl Remote {
    pub(super) fn new(url: &str, token: Option<String>, ca: Option<&Path>) -> Outcome<Self> {
        let mut config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let roots = ca.map(certificates).transpose()?.unwrap_or(RootCerts::PlatformVerifier);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        Ok(Remote { agent: config.build().into(), url: url.trim_end_matches('/').to_owned(), token })
    }

    pub(super) fn create(&self, order: &Order) -> Outcome<String> {
        let body = serde_json::to_vec(order)?;
        let created: Created = serde_json::from_str(&self.ask("POST", "", &body)?)?;
        Ok(created.token)
    }

    pub(super) fn list(&self) -> Outcome<Vec<Shown>> {
        let list: List = serde_json::from_str(&self.ask("GET", "", b"")?)?;
        Ok(list.embedded.item)
    }

    pub(super) fn revoke(&self, id: &str) -> Outcome<()> {
        if !crate::doors::token::is_id(id) {
            return Err("there is no token with this id".into());
        }
        self.ask("DELETE", &format!("/{id}"), b"").map(drop)
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Outcome<String> {
        let address = format!("{}/api/tokens{path}", self.url);
        let mut request =
            Request::builder().method(method).uri(&address).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer =
            self.agent.run(request.body(body)?).map_err(|error| format!("{address}: {error}"))?;
        let text = answer.body_mut().read_to_string()?;
        if answer.status().is_success() {
            return Ok(text);
        }
        let detail = serde_json::from_str(&text).map_or_else(|_| String::new(), |Problem { detail }| detail);
        let advice = match answer.status() {
            StatusCode::UNAUTHORIZED if self.token.is_none() => {
                format!("; put one into {VARIABLE} or --token-file")
            }
            _ => String::new(),
        };
        Err(format!("{address}: {} {detail}{advice}", answer.status()).into())
    }
}

pub(crate) fn certificates(file: &Path) -> Outcome<RootCerts> {
    let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item? {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err(format!("{}: there is no certificate in it", file.display()).into()),
        false => Ok(RootCerts::from(certificates)),
    }
}
