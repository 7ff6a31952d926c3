//! What may be missing from a timeline.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter};
use upto_server_browser::{Server, browse};

const BEHIND: &str = "#header .behind a";

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(since.as_nanos()).expect("a time before 2262")
}

/// What an agent tells that has handed over all but what is older than this, in nanoseconds; `None`: it has nothing. As
/// HANDOVER.md describes it.
fn delivery(name: &str, behind: Option<i64>) -> Vec<u8> {
    let text =
        |text: &str| [&[0xa0 | u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
    let number = |number: i64| [&[0xd3], &number.to_be_bytes()[..]].concat();
    let oldest = behind.map_or(vec![0xc0], |behind| number(now() - behind));
    let waiting = number(behind.map_or(0, |_| 3));
    [
        vec![0x85],
        [text("version"), vec![1]].concat(),
        [text("agent"), vec![0x83], text("id"), number(7), text("name"), text(name)].concat(),
        [text("software"), text("test")].concat(),
        [text("now"), number(now())].concat(),
        [text("backlog"), vec![0x83], text("bytes"), waiting.clone(), text("messages"), waiting].concat(),
        [text("oldest"), oldest].concat(),
        [text("blocks"), vec![0x90]].concat(),
    ]
    .concat()
}

fn deliver(server: &Server, behind: Option<i64>) {
    ureq::post(format!("{}/api/deliveries", server.url))
        .header("content-type", "application/msgpack")
        .send(delivery("web-01", behind))
        .expect("the delivery is taken");
}

#[test]
fn agents_that_are_behind_are_told_of_beside_the_timeline() {
    browse("behind", async |server, page| {
        server.send(&[json!({"context": "c", "name": "work", "id": 1, "type": "start", "time": now()})]);
        deliver(server, Some(300_000_000_000));
        page.open_timeline("context=c").await;
        page.until_text(BEHIND, "incomplete: agent web-01 is 5m").await;
        page.shot("behind-agent").await;
        page.click(BEHIND).await;
        page.until_address("page=status").await;
        page.until_text("#status section:nth-of-type(4)", "web-01").await;
        // It has caught up.
        deliver(server, None);
        page.open_timeline("context=c").await;
        page.until_text(".connection", "live").await;
        page.until(&format!("document.querySelector('{BEHIND}')?.textContent === ''")).await;
    });
}

/// Packets of a session on a host whose clock is ahead by so many seconds: a mark in each, six of them.
fn packets(session: u64, host: &str, ahead: i64) -> Vec<Vec<u8>> {
    let defaults = PacketDefaults { context: "c".into(), host: host.into(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(session, defaults, 60_000);
    let packet = |sequence: u64| {
        let sent = now() + ahead * 1_000_000_000;
        let kind = if sequence % 2 == 0 { Kind::Start } else { Kind::End };
        let (name, id) = (format!("{host}.step"), sequence / 2 + 1);
        let name = name.as_str();
        let message = Message { kind, context: "c", host, name, id, time: Some(sent), ..Message::default() };
        writer.push(&message, &[]);
        let messages = Some(sequence);
        writer.finish(&Closing { sequence, sent, messages, ..Closing::default() }).to_vec()
    };
    (0..6).map(packet).collect()
}

#[test]
fn lost_packets_clocks_and_orphan_ends_are_told_of() {
    browse("incomplete", async |server, page| {
        let (one, other) = (packets(1, "one", 0), packets(2, "other", 7200));
        // Of the first, the third packet is lost: an end is left without its start.
        for packet in one.iter().take(2).chain(&one[3..]).chain(&other) {
            server.send_datagram(packet);
        }
        page.open_timeline("context=c").await;
        page.until_text("#header .loss", "incomplete: ").await;
        page.until_text("#header .loss", "1 packet (1 message) lost").await;
        page.until_text("#header .counts", "1 with unknown start").await;
        page.until_text("#header .skew", "clocks of 1 host corrected").await;
        let clock = "/other: −7(199|200)[.][0-9]+ s ± [0-9]/";
        page.until(&format!("{clock}.test(document.querySelector('#header .skew summary').innerText)")).await;
        // In two hours nothing happens, unless times are looked at as they were sent.
        page.until("/^[0-9.]+ m?s$/.test(document.querySelector('#header .total').textContent)").await;
        page.click("#header .skew button").await;
        page.until_address("times=raw").await;
        page.until_text("#header .total", "2h 00m").await;
        page.until_text("#header .skew", "disagree").await;
        page.click("#header .skew button").await;
        page.until("!location.hash.includes('times=')").await;
    });
}
