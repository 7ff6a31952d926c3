//! Who gets in, and how much of everything.

mod browser;
mod command;
mod limits;
mod scopes;
mod tls;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::doors::DoorSettings;
use upto_server::store::{MemoryStore, Store, StoreUrl};

use crate::support::{Answer, Client, PATIENCE, TestServer};

/// A server in memory with these settings.
fn server(settings: DoorSettings) -> TestServer {
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings))
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(Arc::new(SystemClock)))
}

/// An answer with all its headers.
#[derive(Debug)]
struct Full {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Full {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Asks with these headers beside the usual ones.
fn ask(client: &Client, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Full {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", client.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.as_bytes()).expect("a request")).expect("an answer");
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
    let (status, headers) = (response.status().as_u16(), headers.collect());
    Full { status, headers, body: response.body_mut().read_to_string().expect("a body") }
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// Asks with a token.
fn with(client: &Client, token: &str, method: &str, path: &str, body: &str) -> Full {
    ask(client, method, path, &[JSON, ("authorization", &format!("Bearer {token}"))], body)
}

/// Makes a token over HTTP, with another one if there is one.
fn make(client: &Client, by: Option<&str>, scopes: &[&str], contexts: &[&str]) -> String {
    let order = json!({"name": scopes.join("-"), "scopes": scopes, "contexts": contexts}).to_string();
    let made = match by {
        Some(by) => with(client, by, "POST", "/api/tokens", &order),
        None => ask(client, "POST", "/api/tokens", &[JSON], &order),
    };
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{made:?}");
    made.json()["token"].as_str().expect("a token").to_owned()
}

/// Where a server listens.
fn address(client: &Client) -> SocketAddr {
    let (_, address) = client.url.split_once("://").expect("a URL");
    address.parse().expect("an address")
}

/// What is answered to these bytes until the connection is closed.
fn raw(client: &Client, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(client)).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    // It may be closed before everything is sent.
    let _ = stream.write_all(bytes);
    read_rest(&mut stream)
}

fn read_rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is cut off while something is sent is reset, behind the answer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer in HTTP/1.
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

fn post(client: &Client, context: &str) -> Answer {
    let body = json!({"context": context, "name": "n", "type": "event"}).to_string();
    client.request("POST", "/api/events", "application/json", body.as_bytes())
}
