//! The way of a message in figures, and as ratios to a named peer measured in the same run.
//!
//! Prints `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL` lines, nothing else, so that two runs can
//! be compared with `sort` and `join`. Each figure is the median of several rounds, which alternate
//! between the candidates because the machine may be noisy.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::Deserialize;
use upto::wire::{Closing, Decoder, Kind, Message, PacketDefaults, PacketWriter, Value, encode_single};
use upto_server::timeline::{Fold, Mark, MarkKind};

const ROUNDS: usize = 15;
const MESSAGES: usize = 32;

fn main() {
    // `cargo test --benches` only checks that it builds and runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    decoding();
    folding();
    sending();
}

/// Reading datagrams, beside the same bytes read by rmp-serde into borrowed fields.
fn decoding() {
    let (single, packet) = (single(), packet());
    let mut decoder = Decoder::new();
    let [ours, theirs, packed] = medians([
        &mut || {
            let batch = decoder.decode(black_box(&single)).expect("a message");
            black_box(batch.messages.len());
            decoder.recycle(batch);
        },
        &mut || {
            drop(black_box(rmp_serde::from_slice::<Borrowed<'_>>(black_box(&single)).expect("a message")));
        },
        &mut {
            let mut decoder = Decoder::new();
            let packet = packet.clone();
            move || {
                let batch = decoder.decode(black_box(&packet)).expect("a packet");
                black_box(batch.messages.len());
                decoder.recycle(batch);
            }
        },
    ]);
    let per_message = packed / MESSAGES as f64;
    figure("decode_single", ours, "ns/message");
    figure("decode_single_rmp_serde", theirs, "ns/message");
    figure("decode_packet", per_message, "ns/message");
    figure("packet_size", packet.len() as f64 / MESSAGES as f64, "bytes/message");
    ratio("decode_single_to_rmp_serde", ours / theirs, "<=1.0");
    ratio("decode_packet_to_rmp_serde_single", per_message / theirs, "<=0.5");
}

/// Marks into a timeline in memory.
fn folding() {
    let (mut numbered, mut loose) = (Fold::default(), Fold::default());
    let (mut id, mut time) = (0, 0);
    let [with_id, without_id] = medians([
        &mut || {
            id += 1;
            let time = i64::try_from(id).unwrap_or(0);
            numbered.apply(&mark(MarkKind::Start, id, time));
            numbered.apply(&mark(MarkKind::End, id, time + 5));
        },
        &mut || {
            time += 10;
            loose.apply(&mark(MarkKind::Start, 0, time));
            loose.apply(&mark(MarkKind::End, 0, time + 5));
        },
    ]);
    figure("fold_with_id", with_id / 2.0, "ns/mark");
    figure("fold_without_id", without_id / 2.0, "ns/mark");
    figure("fold_memory", numbered.bytes() as f64 / numbered.summary().total as f64, "bytes/event");
}

/// An event that nobody listens to, and one that a client sends, beside the plain call.
fn sending() {
    let [plain, off] = medians([&mut || work(black_box(1)), &mut || annotated(black_box(1))]);
    let address =
        std::net::UdpSocket::bind("127.0.0.1:0").and_then(|socket| Ok((socket.local_addr()?, socket)));
    let (address, _socket) = address.expect("a socket");
    let builder = upto::Client::builder().server(&address.to_string()).expect("an address");
    let guard = builder.thread_bytes(64 << 20).total_bytes(64 << 20).init().expect("a client");
    let [on] = medians([&mut || annotated(black_box(1))]);
    drop(guard);
    figure("event_off", off - plain, "ns over the plain call");
    figure("event_on", on, "ns");
}

#[inline(never)]
fn work(value: u64) {
    black_box(value);
}

#[upto::event(skip_all)]
#[inline(never)]
fn annotated(value: u64) {
    black_box(value);
}

fn mark(kind: MarkKind, id: u64, time: i64) -> Mark<'static> {
    let (name, host, text, attributes) = ("build.compile.unit", "ci-01", "", &[][..]);
    let (started, status, parent, truncated) = (None, upto::wire::Status::Ok, 0, false);
    Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated }
}

fn message(number: u64) -> Message<'static> {
    let kind = if number.is_multiple_of(2) { Kind::Start } else { Kind::End };
    let time = Some(1_795_229_259_000_000_000 + i64::try_from(number).unwrap_or(0) * 1_000_000);
    let (context, name, host) = ("build", "build.compile.unit", "ci-01");
    Message { kind, context, name, host, id: number / 2 + 1, time, ..Message::default() }
}

fn single() -> Vec<u8> {
    let mut datagram = Vec::new();
    encode_single(&message(1), &[("unit", Value::Int(7))], &mut datagram);
    datagram
}

fn packet() -> Vec<u8> {
    let defaults =
        PacketDefaults { context: "build".into(), host: "ci-01".into(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(1, defaults, 65_507);
    for number in 0..MESSAGES as u64 {
        writer.push(&message(number), &[]);
    }
    writer.finish(&Closing { sent: 1_795_229_259_040_000_000, ..Closing::default() }).to_vec()
}

/// What rmp-serde reads of a single message.
#[derive(Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be looked at")]
struct Borrowed<'a> {
    context: &'a str,
    name: &'a str,
    r#type: u8,
    #[serde(borrow)]
    time: Extension<'a>,
    host: &'a str,
    #[serde(rename = "autoIP")]
    auto_ip: bool,
    id: u64,
    attrs: std::collections::BTreeMap<&'a str, i64>,
}

#[derive(Deserialize)]
#[serde(rename = "_ExtStruct")]
#[allow(dead_code, reason = "read to be measured, not to be looked at")]
struct Extension<'a>(#[serde(borrow)] (i8, &'a serde_bytes::Bytes));

/// Nanoseconds per call of each candidate: the median of rounds that alternate between them.
fn medians<const N: usize>(mut candidates: [&mut dyn FnMut(); N]) -> [f64; N] {
    let calls: Vec<u32> = candidates.iter_mut().map(|candidate| calibrate(candidate)).collect();
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((candidate, calls), rounds) in candidates.iter_mut().zip(&calls).zip(&mut rounds) {
            rounds.push(time(candidate, *calls));
        }
    }
    rounds.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// How many calls take about 20 ms.
fn calibrate(candidate: &mut dyn FnMut()) -> u32 {
    let mut calls = 1_000;
    while time(candidate, calls) * f64::from(calls) < Duration::from_millis(5).as_nanos() as f64 {
        calls *= 2;
    }
    calls * 4
}

fn time(candidate: &mut dyn FnMut(), calls: u32) -> f64 {
    let began = Instant::now();
    (0..calls).for_each(|_| candidate());
    began.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.2} {unit}");
}

fn ratio(name: &str, value: f64, goal: &str) {
    println!("ratio {name} {value:.3} {goal}");
}
