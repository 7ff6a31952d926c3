//! The server's API, as far as a build needs it. Links are taken as they come.

mod resources;

use std::fmt::Display;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use upto_server::timeline::Event;
use ureq::Agent;

pub(crate) use self::resources::{Amount, Blame, Cause, Comparison, Timeline};
use self::resources::{Context, EventPage, Problem as Answered, Root, Stored, TimelinePage};
use crate::cargo::Unseen;
use crate::problem::Problem;
use crate::server::Server;
use crate::terminal::harmless;

/// How long the server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server on this machine may take to show that it is there.
const SHORT: Duration = Duration::from_millis(500);
/// Messages that are sent at a time.
const TOGETHER: usize = 1_000;
/// Events that are asked for at a time.
const PAGE: &str = "limit=1000";
/// What stays as it is in the fragment of an address: times look like times.
const FRAGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/');

/// Whether an upto-server answers at this address, soon, and lets anybody in.
pub(crate) fn answers(url: &str) -> bool {
    let config = Agent::config_builder().timeout_global(Some(SHORT)).proxy(None).build();
    read::<Root>(Agent::new_with_config(config).get(format!("{url}/api")).call()).is_ok()
}

/// A server's API.
#[derive(Debug)]
pub(crate) struct Api {
    agent: Agent,
    url: String,
    root: Root,
}

impl Api {
    /// Finds out whether the server answers.
    ///
    /// # Errors
    /// It does not, or it is not an upto-server.
    pub(crate) fn connect(server: &Server) -> Result<Self, Problem> {
        // What is sent by UDP goes there directly; so does this.
        let config =
            Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).proxy(None);
        let (agent, url) = (Agent::new_with_config(config.build()), server.url.clone());
        let root = read(agent.get(format!("{url}/api")).call());
        let root = root.map_err(|cause| Problem::Unreachable {
            server: server.udp.clone(),
            url: url.clone(),
            cause,
        })?;
        Ok(Api { agent, url, root })
    }

    /// Opens a timeline, or finds the one that has this name; `""`: the server names it.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) fn open_timeline(&self, context: &str, name: &str) -> Result<Timeline, Problem> {
        let what = "open a timeline";
        let opening = json!({"type": "new", "context": context, "timeline": name});
        let mut stored: Stored = self.post(what, &opening)?;
        let opened =
            stored.timelines.pop().ok_or_else(|| problem(what)("the server named none".to_owned()))?;
        self.get(what, &opened.links.own.href)
    }

    /// The timeline as it is by now.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn again(&self, timeline: &Timeline) -> Result<Timeline, Problem> {
        self.get("read the timeline", &timeline.links.own.href)
    }

    /// All its events.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn events(&self, timeline: &Timeline) -> Result<Vec<Event>, Problem> {
        let what = "read the events";
        let mut events = Vec::new();
        let mut next = Some(format!("{}?{PAGE}", timeline.links.events.href));
        while let Some(address) = next {
            let page: EventPage = self.get(what, &address)?;
            for resource in &page.embedded.item {
                let event = resource.to_event();
                events.push(event.ok_or_else(|| problem(what)(format!("{:?} is no event", resource.name)))?);
            }
            next = page.links.next.map(|link| link.href);
        }
        Ok(events)
    }

    /// The newest timeline of the same context that is older and has events.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn previous(&self, timeline: &Timeline) -> Result<Option<Timeline>, Problem> {
        let what = "read the earlier timelines";
        let context: Context = self.get(what, &timeline.links.context.href)?;
        let mut is_older = false;
        let mut next = Some(context.links.timelines.href);
        while let Some(address) = next {
            let page: TimelinePage = self.get(what, &address)?;
            for other in page.embedded.item {
                if is_older && other.events.total > 0 {
                    return Ok(Some(other));
                }
                is_older |= other.name == timeline.name;
            }
            next = page.links.next.map(|link| link.href);
        }
        Ok(None)
    }

    /// Sends the ends of events whose start nobody saw, where `root` is the event that they are part of.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) fn send_ends(
        &self,
        timeline: &Timeline,
        root: &Event,
        ends: &[Unseen],
    ) -> Result<(), Problem> {
        let message = |end: &Unseen| {
            let status = if end.has_failed { "failed" } else { "ok" };
            let mut message = json!({
                "type": "end", "context": timeline.context, "timeline": timeline.name, "time": end.end,
                "name": format!("{}.{}", root.name, end.path), "host": root.host.as_ref(), "status": status,
            });
            if let Some(start) = end.start {
                message["started"] = start.into();
            }
            message
        };
        ends.chunks(TOGETHER).try_for_each(|ends| {
            let messages: Vec<Value> = ends.iter().map(message).collect();
            self.post("send events", &messages.into()).map(|_: Stored| ())
        })
    }

    /// Notes texts about a timeline.
    ///
    /// # Errors
    /// The server refuses, as it does where tokens are in use and ours is not an admin's.
    pub(crate) fn note(&self, timeline: &Timeline, texts: &Value) -> Result<(), Problem> {
        let address = self.address(&timeline.links.metadata.href);
        read(self.agent.put(address).send_json(texts))
            .map_err(problem("note what was built"))
            .map(|_: Value| ())
    }

    /// The newest timelines of the context in which nothing failed and about which this text was noted, at most `limit`.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn noted(
        &self,
        context: &str,
        (key, text): (&str, &str),
        limit: usize,
    ) -> Result<Vec<Timeline>, Problem> {
        let noted = format!("{key}={text}");
        let noted = utf8_percent_encode(&noted, NON_ALPHANUMERIC);
        self.search(context, &format!("&metadata={noted}&state=done&limit={limit}"))
    }

    fn search(&self, context: &str, further: &str) -> Result<Vec<Timeline>, Problem> {
        let (address, encoded) =
            (self.root.links.search.bare(), utf8_percent_encode(context, NON_ALPHANUMERIC));
        let found: TimelinePage =
            self.get("look for timelines", &format!("{address}?context={encoded}{further}"))?;
        // A star in its name stands for others, too.
        let is_meant = |timeline: &Timeline| timeline.context == context;
        Ok(found.embedded.item.into_iter().filter(is_meant).collect())
    }

    /// Which rows took most of a timeline's time, at most `limit`.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn blame(&self, timeline: &Timeline, limit: usize) -> Result<Blame, Problem> {
        let address = timeline.links.blame.bare();
        self.get("ask where the time went", &format!("{address}?by=self&limit={limit}"))
    }

    /// Why a timeline took longer than another one of its context, at most `limit` causes.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn compare(
        &self,
        timeline: &Timeline,
        with: &Timeline,
        limit: usize,
    ) -> Result<Comparison, Problem> {
        let address = timeline.links.compare.bare();
        let with = utf8_percent_encode(&with.name, NON_ALPHANUMERIC);
        self.get("ask why it took longer", &format!("{address}?with={with}&limit={limit}"))
    }

    /// The newest timelines of a context, if it is known.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn newest(&self, context: &str, limit: usize) -> Result<Vec<Timeline>, Problem> {
        self.search(context, &format!("&limit={limit}"))
    }

    /// The page's address with the timeline in it.
    pub(crate) fn page(&self, timeline: &Timeline) -> String {
        let encoded = |name| utf8_percent_encode(name, FRAGMENT);
        let (context, name) = (encoded(&timeline.context), encoded(&timeline.name));
        format!("{}/#context={context}&timeline={name}", self.url)
    }

    fn get<T: DeserializeOwned>(&self, what: &'static str, href: &str) -> Result<T, Problem> {
        read(self.agent.get(self.address(href)).call()).map_err(problem(what))
    }

    fn post<T: DeserializeOwned>(&self, what: &'static str, body: &Value) -> Result<T, Problem> {
        let address = self.address(&self.root.links.events.href);
        read(self.agent.post(address).send_json(body)).map_err(problem(what))
    }

    fn address(&self, href: &str) -> String {
        if href.starts_with('/') { format!("{}{href}", self.url) } else { href.to_owned() }
    }
}

fn problem(what: &'static str) -> impl FnOnce(String) -> Problem {
    move |cause| Problem::Api { what, cause }
}

/// The answer as a `T`, or why there is none.
fn read<T: DeserializeOwned>(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<T, String> {
    let mut answer = answer.map_err(text)?;
    if answer.status().is_success() {
        let body = answer.body_mut().with_config().limit(256 << 20);
        return body.read_json().map_err(|error| format!("the answer is not an upto-server's: {error}"));
    }
    let told = answer.body_mut().read_json().map(|told: Answered| told.detail).unwrap_or_default();
    Err(format!("the server answers {}: {}", answer.status(), harmless(&told)))
}

fn text(error: impl Display) -> String {
    error.to_string()
}
