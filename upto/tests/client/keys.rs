//! A key is in a message once: which one of two counted would be up to who reads it.

use std::net::UdpSocket;

use upto::Client;
use upto::wire::{Batch, Decoder, Value};

use super::{DEADLINE, turn};

/// What a session says under `key`, message by message.
fn said(server: &UdpSocket, key: &str) -> Vec<Vec<String>> {
    let (mut said, mut is_over) = (Vec::new(), false);
    while !is_over {
        let mut buffer = vec![0; 65_536];
        let length = server.recv(&mut buffer).expect("a packet");
        let batch = Decoder::new().decode(&buffer[..length]).expect("a good packet");
        said.extend(said_in(&batch, key));
        is_over = batch.session.is_some_and(|session| session.packets.is_some());
    }
    said
}

fn said_in(batch: &Batch<'_>, key: &str) -> Vec<Vec<String>> {
    let text =
        |value: &Value<'_>| if let Value::Text(text) = value { (*text).to_owned() } else { String::new() };
    let of_message = |attributes: &[(&str, Value<'_>)]| {
        let of_key = attributes.iter().filter(|(other, _)| *other == key);
        of_key.map(|(_, value)| text(value)).collect()
    };
    batch.messages.iter().map(|message| of_message(batch.attributes_of(message))).collect()
}

#[test]
fn links_take_the_place_of_an_attribute_that_has_their_key() {
    let _turn = turn();
    let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    server.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let address = server.local_addr().expect("its address").to_string();
    let builder = Client::builder().server(&address).expect("an address").context("test");
    let guard = builder.flush_deadline(DEADLINE).init().expect("a client");
    let cause = upto::event("cause");
    let scope = cause.scope().expect("it is sent");
    upto::Event::builder("linked").follows(scope).attr("follows", "own").start().attr("follows", "own");
    upto::point("linked").follows(scope).attr("follows", "own");
    upto::point("unlinked").attr("follows", "own");
    drop(cause);
    drop(guard);
    let said = said(&server, "follows");
    let counts: Vec<_> = said.iter().map(Vec::len).collect();
    // The cause's start and end are first and last.
    assert_eq!(counts, [0, 1, 1, 1, 1, 0], "{said:?}");
    let texts: Vec<_> = said.concat();
    assert!(texts[..3].iter().all(|text| text.parse::<u64>().is_ok()) && texts[3] == "own", "{texts:?}");
}
