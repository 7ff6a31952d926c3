//! Checks of one's own, which each host does by itself: nobody else can have it run a program.

mod command;
mod http;

use std::collections::BTreeMap;

use tokio::task::spawn_blocking;

use self::http::Http;
use super::check::{How, Measure, OwnCheck};

/// By their names.
pub(crate) struct OwnChecks(BTreeMap<String, Own>);

/// One, ready to be done.
pub(crate) struct Own {
    unit: String,
    way: Way,
}

enum Way {
    Command { words: Vec<String>, timeout: std::time::Duration },
    Http(Http),
    Call(Measure),
}

impl OwnChecks {
    /// Makes them ready.
    ///
    /// # Errors
    /// Why no requests can be sent.
    pub(crate) fn new(checks: &[OwnCheck]) -> Result<Self, String> {
        let ready = checks.iter().map(|check| Ok((check.name.clone(), Own::new(check)?)));
        Ok(OwnChecks(ready.collect::<Result<_, String>>()?))
    }

    /// The one of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Own> {
        self.0.get(name)
    }
}

impl Own {
    fn new(check: &OwnCheck) -> Result<Self, String> {
        let way = match &check.how {
            How::Command { words, timeout } => Way::Command { words: words.clone(), timeout: *timeout },
            How::Http { url, pointer, timeout } => Way::Http(Http::new(url, pointer, *timeout)?),
            How::Call(measure) => Way::Call(measure.clone()),
        };
        Ok(Own { unit: check.unit.clone(), way })
    }

    /// What a value is.
    pub(crate) fn unit(&self) -> &str {
        &self.unit
    }

    /// Measures once.
    ///
    /// # Errors
    /// Why it can't.
    pub(crate) async fn measure(&self) -> Result<f64, String> {
        match &self.way {
            Way::Http(http) => http.measure().await,
            Way::Command { words, timeout } => {
                let (words, timeout) = (words.clone(), *timeout);
                blocking(move || command::measure(&words, timeout)).await
            }
            Way::Call(measure) => {
                let measure = measure.clone();
                blocking(move || measure()).await
            }
        }
    }
}

async fn blocking(work: impl FnOnce() -> Result<f64, String> + Send + 'static) -> Result<f64, String> {
    // What panics has failed, and nothing else has.
    spawn_blocking(work).await.unwrap_or_else(|_| Err("it panicked".to_owned()))
}
