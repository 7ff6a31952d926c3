//! A server of the test's own, and what it has.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use upto_server::api::EventResource;
use upto_server::store::StoreUrl;
use upto_server::timeline::{Event, State};
use upto_server::{Handle, Server};
use ureq::Agent;

/// How long something may take to happen before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server for the length of a test.
pub(crate) struct Reader {
    runtime: Runtime,
    handle: Option<Handle>,
}

impl Reader {
    /// One that forgets everything.
    pub(crate) fn new() -> Self {
        Reader::with(StoreUrl::Memory)
    }

    /// One that reads what another one has left in a folder.
    pub(crate) fn of(data: &Path) -> Self {
        Reader::with(StoreUrl::Redb(data.to_owned()))
    }

    fn with(store: StoreUrl) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let handle = runtime.block_on(Server::builder().any_port().store(store).start()).expect("a server");
        Reader { runtime, handle: Some(handle) }
    }

    fn handle(&self) -> &Handle {
        self.handle.as_ref().expect("it runs until it is dropped")
    }

    pub(crate) fn udp(&self) -> String {
        self.handle().udp_addresses()[0].to_string()
    }

    pub(crate) fn url(&self) -> String {
        self.handle().http_urls().next().expect("an address")
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.url())).call().expect("an answer");
        answer.body_mut().read_json().expect("JSON")
    }

    /// The timelines of a context, the newest one first.
    pub(crate) fn timelines(&self, context: &str) -> Vec<Value> {
        let list = self.get(&format!("/api/contexts/{context}/timelines"));
        list["_embedded"]["item"].as_array().expect("a list").clone()
    }

    /// The same, once there are so many.
    pub(crate) fn timelines_once(&self, context: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let timelines = self.newest(context).map(|_| self.timelines(context)).unwrap_or_default();
            if timelines.len() >= count {
                return timelines;
            }
            assert!(Instant::now() < deadline, "{context}: not {count} timelines: {timelines:?}");
            std::thread::yield_now();
        }
    }

    pub(crate) fn events(&self, timeline: &Value) -> Events {
        let list = self.get(timeline["_links"]["upto:events"]["href"].as_str().expect("a link"));
        let items = list["_embedded"]["item"].as_array().expect("a list").iter();
        let event = |item: &Value| {
            let resource: EventResource = serde_json::from_value(item.clone()).expect("an event");
            resource.to_event().expect("an event")
        };
        Events(items.map(event).collect())
    }

    /// What happens in a timeline from now on; it is opened if it is not there.
    pub(crate) fn live(&self, context: &str, timeline: &str) -> impl BufRead {
        let address = format!("{}/api/contexts/{context}/timelines", self.url());
        ureq::post(&address).send_json(json!({"name": timeline})).expect("a timeline");
        let agent = Agent::config_builder().timeout_global(Some(PATIENCE)).build().new_agent();
        let answer = agent.get(format!("{address}/{timeline}/live")).call().expect("a stream");
        BufReader::new(answer.into_body().into_reader())
    }

    /// The events of the newest timeline of a context, once there are so many and all have ended. Datagrams need some
    /// milliseconds to be stored.
    pub(crate) fn settled(&self, context: &str, count: usize) -> Events {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let events = self.newest(context).map(|timeline| self.events(&timeline));
            match events {
                Some(events) if events.is_settled(count) => return events,
                events => assert!(Instant::now() < deadline, "{context}: not {count} events: {events:?}"),
            }
            std::thread::yield_now();
        }
    }

    /// The newest timeline of the context of this name, whatever that is, if there is one.
    fn newest(&self, context: &str) -> Option<Value> {
        let contexts = self.get("/api/contexts");
        let mut items = contexts["_embedded"]["item"].as_array().expect("a list").iter();
        let found = items.find(|item| item["name"] == context)?;
        Some(self.get(found["_links"]["upto:latest"]["href"].as_str()?))
    }

    /// The events of the newest timeline of a context.
    pub(crate) fn latest(&self, context: &str) -> Events {
        self.events(self.timelines(context).first().expect("a timeline"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            // What it was for has been looked at by now.
            let _ = self.runtime.block_on(handle.shutdown());
        }
    }
}

/// The events of a timeline.
#[derive(Debug)]
pub(crate) struct Events(Vec<Event>);

impl Events {
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|event| &*event.name).collect();
        names.sort_unstable();
        names
    }

    /// The one event of this name.
    pub(crate) fn one(&self, name: &str) -> &Event {
        let mut events = self.0.iter().filter(|event| &*event.name == name);
        let event = events.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.names()));
        assert_eq!(events.next(), None, "{name}");
        event
    }

    fn is_settled(&self, count: usize) -> bool {
        self.0.len() >= count && self.0.iter().all(|event| event.state != State::Open)
    }

    pub(crate) fn all(&self) -> &[Event] {
        &self.0
    }
}

/// The text or the number that an event has under `key`.
pub(crate) fn attribute(event: &Event, key: &str) -> String {
    let value = event.attributes.iter().find(|(known, _)| &**known == key).map(|(_, value)| value);
    let value = serde_json::to_value(value).expect("JSON");
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
