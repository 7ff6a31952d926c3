//! Asking one address once.

use std::time::Instant;

use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use reqwest::{Certificate, Client, Method, Proxy, Response};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Outcome, PingSettings};
use crate::watch::alerts::SendProblem;
use crate::watch::requests::{self, no_answer};

/// Bytes of a body that are looked at.
const BODY_BYTES: usize = 1 << 20;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Asks one address.
pub(super) struct Asker {
    settings: PingSettings,
    client: Client,
    method: Method,
}

impl Asker {
    pub(super) fn new(settings: PingSettings) -> Result<Self, SendProblem> {
        let wrong = |what: &str| SendProblem::lasting(format!("ping {:?}: {what}", settings.service));
        let method =
            Method::from_bytes(settings.method.as_bytes()).map_err(|_| wrong("the method is none"))?;
        let mut client = requests::builder()
            .timeout(settings.timeout)
            // What is asked is judged, and not what it leads to.
            .redirect(Policy::none())
            .tls_info(true);
        if let Some(proxy) = &settings.proxy {
            client = client.proxy(Proxy::all(proxy.reveal()).map_err(|_| wrong("the proxy is no URL"))?);
        }
        if let Some(path) = &settings.ca {
            let pem = std::fs::read(path).map_err(|error| wrong(&format!("{}: {error}", path.display())))?;
            let trusted =
                Certificate::from_pem(&pem).map_err(|_| wrong("the ca is no certificate in PEM"))?;
            client = client.tls_certs_merge([trusted]);
        }
        let client = client.build().map_err(|error| wrong(&format!("no requests can be sent: {error}")))?;
        Ok(Asker { settings, client, method })
    }

    pub(super) fn settings(&self) -> &PingSettings {
        &self.settings
    }

    /// Asks, `now` being the time.
    pub(super) async fn ask(&self, now: i64) -> Outcome {
        let began = Instant::now();
        let (status, problem) = match self.request().send().await {
            Ok(answer) => (Some(answer.status().as_u16()), self.judge(answer, now).await.err()),
            // It may have been sent on to somewhere that is a secret.
            Err(error) => (None, Some(no_answer(&error))),
        };
        let latency = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Outcome { time: now, latency, status, problem }
    }

    fn request(&self) -> reqwest::RequestBuilder {
        let PingSettings { url, headers, login, .. } = &self.settings;
        let request = self.client.request(self.method.clone(), url);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(name, value.reveal()));
        match login {
            Some((name, password)) => request.basic_auth(name, Some(password.reveal())),
            None => request,
        }
    }

    /// # Errors
    /// What is not as it should be.
    async fn judge(&self, answer: Response, now: i64) -> Result<(), String> {
        let status = answer.status().as_u16();
        if !self.settings.expected.contains(&status) {
            return Err(format!("the status is {status}"));
        }
        if let Some(days) = self.settings.certificate_days {
            let left = days_left(&answer, now)?;
            if left < i64::from(days) {
                return Err(format!("the certificate is valid for {left} more days"));
            }
        }
        match &self.settings.contains {
            Some(text) => expect_text(answer, text).await,
            None => Ok(()),
        }
    }
}

/// For how many days the certificate is valid.
fn days_left(answer: &Response, now: i64) -> Result<i64, String> {
    let info = answer.extensions().get::<TlsInfo>();
    let der = info.and_then(TlsInfo::peer_certificate).ok_or("there is no certificate")?;
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| "the certificate can't be read")?;
    let end = certificate.validity().not_after.timestamp();
    Ok((end - now.div_euclid(1_000_000_000)).div_euclid(DAY))
}

async fn expect_text(mut answer: Response, text: &str) -> Result<(), String> {
    let mut body = Vec::new();
    while body.len() < BODY_BYTES {
        match answer.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(no_answer(&error)),
        }
    }
    body.truncate(BODY_BYTES);
    if String::from_utf8_lossy(&body).contains(text) {
        Ok(())
    } else {
        Err("the body does not contain what it should".to_owned())
    }
}
