//! Asking a host for one check over HTTP. Nothing that it answers is believed before it is looked at.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer::{Answer, HostAnswer};
use super::measure::{ThisHost, Unmeasured};
use super::members::Member;
use crate::clock::Clock;
use crate::watch::alerts::Hidden;
use crate::watch::requests::{self, no_answer};

/// Where a host answers. Then follows the check.
pub(crate) const PATH: &str = "/api/fleet/measurements";
/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 64 << 10;
/// Characters of a host's reason that are kept.
const REASON: usize = 200;
/// Requests at once: each has a connection.
const REQUESTS: usize = 1_024;

/// Asks hosts on behalf of one of them.
pub(crate) struct Asker {
    client: Client,
    token: Option<Hidden>,
    this: Arc<ThisHost>,
    instance: String,
    clock: Arc<dyn Clock>,
    permits: Semaphore,
}

/// What a host answers, as far as it is looked at.
#[derive(Debug, Deserialize)]
struct Said {
    host: String,
    instance: String,
    value: Option<f64>,
    time: Option<String>,
    problem: Option<String>,
}

impl Asker {
    /// Asks with this token, if hosts need one; the host of this `instance` is this one and asked directly.
    ///
    /// # Errors
    /// Why no requests can be sent.
    pub(crate) fn new(
        token: Option<Hidden>,
        this: Arc<ThisHost>,
        instance: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        // Where a host is, it says itself: no proxy, and whatever it leads to is not it.
        let client = requests::builder().redirect(Policy::none()).no_proxy().build();
        let client = client.map_err(|error| format!("no requests can be sent: {error}"))?;
        Ok(Asker { client, token, this, instance, clock, permits: Semaphore::new(REQUESTS) })
    }

    /// Asks a host, for as long as `deadline`.
    pub(crate) async fn ask(&self, member: &Member, check: &str, deadline: Duration) -> HostAnswer {
        let silence = member.silence(self.clock.monotonic());
        let (answer, time) = if member.host.instance == self.instance {
            self.measure(check, deadline).await
        } else if member.is_there(self.clock.monotonic()) {
            // The semaphore is never closed.
            let _permit = self.permits.acquire().await.ok();
            self.request(member, check, deadline, silence).await
        } else {
            (Answer::Stale(silence), None)
        };
        let time = time.unwrap_or_else(|| self.clock.now());
        HostAnswer { host: member.host.name.clone(), answer, time }
    }

    async fn measure(&self, check: &str, deadline: Duration) -> (Answer, Option<i64>) {
        match timeout(deadline, self.this.measure(check)).await {
            Ok(Ok(measured)) => (Answer::Ok(measured.value), Some(measured.time)),
            Ok(Err(Unmeasured::Failed(reason))) => (Answer::Failed(shortened(&reason)), None),
            Ok(Err(Unmeasured::Unknown)) => (Answer::Failed(unknown()), None),
            Err(_) => (Answer::Timeout, None),
        }
    }

    async fn request(
        &self,
        member: &Member,
        check: &str,
        deadline: Duration,
        silence: i64,
    ) -> (Answer, Option<i64>) {
        let asked = async {
            let answer = self.get(&member.host.address, check).send().await.map_err(Silent::Request)?;
            judge(answer, member).await
        };
        match timeout(deadline, asked).await {
            Ok(Ok((value, time))) => (Answer::Ok(value), Some(time)),
            Ok(Err(Silent::Request(error))) if is_nobody_there(&error) => (Answer::Stale(silence), None),
            Ok(Err(Silent::Request(error))) => (Answer::Failed(shortened(&no_answer(&error))), None),
            Ok(Err(Silent::Said(reason))) => (Answer::Failed(shortened(&reason)), None),
            Err(_) => (Answer::Timeout, None),
        }
    }

    fn get(&self, address: &str, check: &str) -> reqwest::RequestBuilder {
        let check = utf8_percent_encode(check, NON_ALPHANUMERIC);
        let request = self.client.get(format!("{}{PATH}/{check}", address.trim_end_matches('/')));
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }
}

/// Why a host gave no value.
enum Silent {
    Request(reqwest::Error),
    Said(String),
}

impl From<String> for Silent {
    fn from(reason: String) -> Self {
        Silent::Said(reason)
    }
}

fn unknown() -> String {
    "this host knows no such check".to_owned()
}

/// The value that a host says, and when it was so, once it is clear that this host says it.
async fn judge(answer: Response, member: &Member) -> Result<(f64, i64), Silent> {
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(unknown().into()),
        status => return Err(format!("it answers with the status {}", status.as_u16()).into()),
    }
    let said: Said = serde_json::from_slice(&body(answer, ANSWER_BYTES).await?)
        .map_err(|_| "what it answers is no measurement".to_owned())?;
    if (&said.host, &said.instance) != (&member.host.name, &member.host.instance) {
        return Err("at its address, another host answers".to_owned().into());
    }
    if let Some(problem) = said.problem {
        return Err(problem.into());
    }
    let time = said.time.and_then(|time| time.parse::<Timestamp>().ok());
    let time = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
    let value = said.value.filter(|value| value.is_finite());
    value.zip(time).ok_or_else(|| "it answers without a value or a time".to_owned().into())
}

/// A body of up to `most` bytes.
///
/// # Errors
/// It is longer, or breaks off.
pub(super) async fn body(mut answer: Response, most: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > most {
            return Err(format!("the answer has more than {} KiB", most >> 10));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Nobody is at the address: a host that is there and answers badly is something else.
fn is_nobody_there(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| is_absence(error.kind())) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_absence(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    matches!(kind, ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable)
}

/// What somebody else says, for people: on one line, and not too long.
fn shortened(reason: &str) -> String {
    let plain = reason.chars().map(|character| if character.is_control() { ' ' } else { character });
    plain.take(REASON).collect()
}

#[cfg(test)]
mod tests;
