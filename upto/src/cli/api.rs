//! The server's resources. Everything is found by following links from the root; no address is put together here.

mod live;
mod pages;
mod resources;
mod template;

use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) use self::live::{LiveStream, News};
use self::pages::Pages;
pub(super) use self::resources::{Context, Counts, Event, Links, Timeline};
use super::delivery::{HttpServer, read};
use super::failure::Failure;

/// Where the server of an operation that asks is, and how it answers.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ServerArguments {
    /// The server's URL [default: UPTO_URL, else http://127.0.0.1:8080]
    #[arg(long, visible_alias = "http", value_name = "URL")]
    url: Option<String>,
}

/// Where the server listens unless it is told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// What a command before this one has sent by datagram, is stored by then. It may be the first that is heard of a context.
const ON_ITS_WAY: Duration = Duration::from_millis(300);
const ASK_AGAIN: Duration = Duration::from_millis(25);

/// A server that answers.
#[derive(Debug)]
pub(super) struct Api {
    server: HttpServer,
    root: Links,
}

impl Api {
    /// Asks for the root.
    ///
    /// # Errors
    /// The server does not answer, or is another one.
    pub(super) fn connect(arguments: &ServerArguments) -> Result<Self, Failure> {
        let variable = || std::env::var("UPTO_URL").ok().filter(|url| !url.is_empty());
        let url = arguments.url.clone().or_else(variable).unwrap_or_else(|| DEFAULT_URL.to_owned());
        let token = std::env::var("UPTO_TOKEN").unwrap_or_default();
        let mut api = Api { server: HttpServer::new(&url, &token)?, root: Links::default() };
        let address = format!("{}/api", api.server.url());
        api.root = api.parse(&api.text(&address)?)?;
        Ok(api)
    }

    /// The resource behind a link, as it is.
    ///
    /// # Errors
    /// There is no such link, or nothing behind it.
    pub(super) fn follow(&self, links: &Links, relation: &str) -> Result<String, Failure> {
        self.text(&self.address(links, relation)?)
    }

    /// The resource behind a link.
    ///
    /// # Errors
    /// Likewise, or it is of another kind.
    pub(super) fn get<T: DeserializeOwned>(&self, links: &Links, relation: &str) -> Result<T, Failure> {
        self.parse(&self.follow(links, relation)?)
    }

    /// The resource behind a template's link, with these values for its variables. As it is.
    ///
    /// # Errors
    /// There is no such link, it has no such variable, or there is nothing behind it.
    pub(super) fn ask(
        &self,
        links: &Links,
        relation: &str,
        values: &[(&str, &str)],
    ) -> Result<String, Failure> {
        self.text(&self.expanded(links, relation, values)?)
    }

    /// A timeline, by the names of its context and itself: the newest one unless told otherwise.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn find(&self, context: &str, timeline: Option<&str>) -> Result<Timeline, Failure> {
        let context = self.context(context)?;
        self.typed(self.timeline(&context, timeline)?)
    }

    /// What is behind a template's link, to be read while it comes.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(super) fn stream(
        &self,
        links: &Links,
        relation: &str,
        values: &[(&str, &str)],
    ) -> Result<ureq::BodyReader<'static>, Failure> {
        let request = self.server.get(&self.expanded(links, relation, values)?);
        let response = request.call().map_err(|source| self.unreachable(source))?;
        if !response.status().is_success() {
            return read(self.server.shown(), Ok(response)).and_then(|_| Err(self.strange("no document")));
        }
        Ok(response.into_body().into_with_config().limit(u64::MAX).reader())
    }

    /// The items of a list, page by page as they are taken.
    pub(super) fn items(&self, links: &Links, relation: &str) -> Pages<'_> {
        Pages::new(self, self.address(links, relation))
    }

    /// The addresses that the server asks, as the server has them.
    pub(super) fn pings(&self) -> Pages<'_> {
        self.items(&self.root, "pings")
    }

    /// All contexts, as the server has them.
    pub(super) fn contexts(&self) -> Pages<'_> {
        self.items(&self.root, "contexts")
    }

    /// The hosts that the server asks how they are.
    ///
    /// # Errors
    /// The server knows of none.
    pub(super) fn fleet(&self) -> Result<Links, Failure> {
        self.get(&self.root, "fleet")
    }

    /// All clusters that are watched, likewise.
    pub(super) fn clusters(&self) -> Pages<'_> {
        self.items(&self.root, "clusters")
    }

    /// The context of this name.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn context(&self, name: &str) -> Result<Context, Failure> {
        let find = || self.contexts().find(|item| is_named(item, name)).transpose();
        let began = Instant::now();
        let mut found = find()?;
        while found.is_none() && began.elapsed() < ON_ITS_WAY {
            thread::sleep(ASK_AGAIN);
            found = find()?;
        }
        self.typed(found.ok_or_else(|| Failure::NoContext(name.to_owned()))?)
    }

    /// All timelines of a context, the newest first, as the server has them.
    pub(super) fn timelines(&self, context: &Context) -> Pages<'_> {
        self.items(&context.links, "timelines")
    }

    /// The timeline of this name, or the newest one.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn timeline(&self, context: &Context, name: Option<&str>) -> Result<Value, Failure> {
        match name {
            None if context.links.href("latest").is_none() => Err(Failure::NoTimelines(context.name.clone())),
            None => self.get(&context.links, "latest"),
            Some(name) => {
                let found = self.timelines(context).find(|item| is_named(item, name)).transpose()?;
                found.ok_or_else(|| Failure::NoTimeline {
                    context: context.name.clone(),
                    timeline: name.to_owned(),
                })
            }
        }
    }

    /// What happens in a timeline from now on.
    ///
    /// # Errors
    /// There is no such stream.
    pub(super) fn live(&self, timeline: &Links) -> Result<LiveStream, Failure> {
        let address = self.address(timeline, "live")?;
        let request = self.server.get(&address).header("accept", "text/event-stream");
        let request = request.config().timeout_per_read(Some(live::SILENCE)).build();
        let response = request.call().map_err(|source| self.unreachable(source))?;
        if !response.status().is_success() {
            return read(self.server.shown(), Ok(response)).and_then(|_| Err(self.strange("no stream")));
        }
        Ok(LiveStream::new(response.into_body()))
    }

    /// Makes one of the resources of what the server has said.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn typed<T: DeserializeOwned>(&self, value: Value) -> Result<T, Failure> {
        serde_json::from_value(value).map_err(|error| self.strange(&error.to_string()))
    }

    /// Likewise of the text that it said it in.
    ///
    /// # Errors
    /// Likewise.
    pub(super) fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, Failure> {
        serde_json::from_str(text).map_err(|error| self.strange(&error.to_string()))
    }

    fn text(&self, address: &str) -> Result<String, Failure> {
        let request = self.server.get(address).header("accept", "application/hal+json");
        read(self.server.shown(), request.call())
    }

    fn address(&self, links: &Links, relation: &str) -> Result<String, Failure> {
        self.expanded(links, relation, &[])
    }

    fn expanded(&self, links: &Links, relation: &str, values: &[(&str, &str)]) -> Result<String, Failure> {
        let href = links.href(relation).ok_or_else(|| self.strange(&format!("no link {relation:?}")))?;
        let href = template::expand(href, values)
            .ok_or_else(|| self.strange(&format!("the link {relation:?} takes other variables")))?;
        join(self.server.url(), &href).ok_or_else(|| self.strange("a link to another place"))
    }

    fn unreachable(&self, source: ureq::Error) -> Failure {
        Failure::Unreachable { url: self.server.shown().to_owned(), source: Box::new(source) }
    }

    /// What the server said is not what it is to say.
    pub(super) fn strange(&self, problem: &str) -> Failure {
        Failure::Answer { url: self.server.shown().to_owned(), problem: problem.to_owned() }
    }
}

fn is_named(item: &Result<Value, Failure>, name: &str) -> bool {
    match item {
        Ok(item) => item.get("name").and_then(Value::as_str) == Some(name),
        // What went wrong is found as well.
        Err(_) => true,
    }
}

/// The address that a link on this server stands for; `None`: it leads elsewhere, where nobody wanted to go.
fn join(url: &str, href: &str) -> Option<String> {
    let authority = url.find("://")? + 3;
    let end = url.get(authority..)?.find('/').map_or(url.len(), |slash| authority + slash);
    let origin = url.get(..end)?;
    let is_path = href.starts_with('/') && !href.starts_with("//");
    is_path.then(|| format!("{origin}{href}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_same_server() {
        for (url, href, expected) in [
            ("http://h:1", "/api/x?a=b", Some("http://h:1/api/x?a=b")),
            ("https://u:p@h/base", "/api", Some("https://u:p@h/api")),
            ("http://h", "//other/api", None),
            ("http://h", "http://other/api", None),
            ("http://h", "api", None),
        ] {
            assert_eq!(join(url, href).as_deref(), expected, "{href}");
        }
    }
}
