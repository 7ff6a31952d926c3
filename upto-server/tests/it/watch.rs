//! Who is alive, what they have to say, and who is told: over UDP, HTTP, and the protocols of others.

mod away;
mod doors;
mod heartbeats;
mod journal;
pub(crate) mod listener;
pub(crate) mod mail;
mod ping_url;
mod watchtower;

use serde_json::{Value, json};
use upto::wire::{Kind, Message, Value as Attribute, encode_single};

use crate::support::{Answer, Client};

/// Sends JSON.
pub(crate) fn send(client: &Client, method: &str, path: &str, body: &Value) -> Answer {
    client.request(method, path, "application/json", body.to_string().as_bytes())
}

/// Pulses by the native API.
pub(crate) fn pulse(client: &Client, service: &str, next: f64) -> Answer {
    send(client, "POST", "/api/heartbeats", &json!({"service": service, "next": next}))
}

/// What a service says, as a datagram.
pub(crate) fn datagram(kind: Kind, name: &str, text: &str, attributes: &[(&str, Attribute<'_>)]) -> Vec<u8> {
    let mut datagram = Vec::new();
    let message = Message {
        kind,
        name,
        text,
        attributes: 0..u32::try_from(attributes.len()).expect("few"),
        ..Message::default()
    };
    encode_single(&message, attributes, &mut datagram);
    datagram
}

/// The items of a list.
pub(crate) fn items(list: &Value) -> Vec<Value> {
    list["_embedded"]["item"].as_array().expect("items").clone()
}

/// The messages of the journal, the newest first.
pub(crate) fn messages(client: &Client, query: &str) -> Vec<String> {
    let lines = items(&client.json(&format!("/api/journal{query}")));
    lines.iter().map(|line| line["message"].as_str().expect("a message").to_owned()).collect()
}
