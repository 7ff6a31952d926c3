//! The public API, item by item with its whole signature: what changes one fails to compile here, and is a new version.
//!
//! Traits that types have are asked for by name. Of structs that may grow, fields are read and not written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::time::{Duration, SystemTime};

use upto::settings::{DEFAULT_PORT, Settings};
use upto::testing::{Capture, CapturedEvent, CapturedEvents, CapturedMark};
use upto::wire::{self, Decoder, Kind, Status};
use upto::{
    Client, ClientBuilder, Event, EventBuilder, Guard, Heartbeat, HeartbeatBuilder, InEvent, InitError,
    InstrumentExt, JournalLine, Point, Scope, SettingError, Stats, Value,
};

type Text = &'static str;
type Ready = std::future::Ready<()>;
type Variable = fn(&str) -> Option<String>;

/// Has the compiler check that items have these types.
macro_rules! has {
    ($($item:expr => $type:ty),+ $(,)?) => { $(let _: $type = $item;)+ };
}

fn is_shared<T: Send + Sync + Debug + 'static>() {}
fn is_moved<T: Send + Debug + 'static>() {}
fn is_copied<T: Copy + PartialEq + Send + Sync + Debug>() {}

#[test]
fn functions_and_guards_are_as_they_were() {
    has! {
        upto::init => fn() -> Result<Guard, InitError>,
        upto::event => fn(Text) -> Event,
        upto::event => fn(String) -> Event,
        upto::point => fn(Text) -> Point,
        upto::new_timeline => fn(&str),
        upto::child_environment => fn() -> Vec<(Text, String)>,
        upto::heartbeat => fn(Text) -> HeartbeatBuilder,
        HeartbeatBuilder::run => fn(HeartbeatBuilder, String) -> HeartbeatBuilder,
        HeartbeatBuilder::grace => fn(HeartbeatBuilder, Duration) -> HeartbeatBuilder,
        HeartbeatBuilder::alert => fn(HeartbeatBuilder, Text, String) -> HeartbeatBuilder,
        HeartbeatBuilder::every => fn(HeartbeatBuilder, Duration) -> Heartbeat,
        Heartbeat::say => fn(&Heartbeat, String) -> &Heartbeat,
        Heartbeat::abandon => fn(Heartbeat),
        upto::journal => fn(Text, String) -> JournalLine,
        JournalLine::level => fn(&mut JournalLine, i32) -> &mut JournalLine,
        JournalLine::alert => fn(&mut JournalLine) -> &mut JournalLine,
        upto::display => fn(u8) -> Value,
        upto::debug => fn(u8) -> Value,
        upto::escape => fn(&str) -> Cow<'_, str>,
        Event::builder => fn(Text) -> EventBuilder,
        Event::attr => fn(&Event, Text, i64) -> &Event,
        Event::attr => fn(&Event, String, String) -> &Event,
        Event::fail => fn(&Event, Text) -> &Event,
        Event::follows => for<'e> fn(&'e Event, &Scope) -> &'e Event,
        Event::end => fn(Event),
        Event::end_at => fn(Event, SystemTime),
        Event::cancel => fn(Event),
        Event::mark_cancelled => fn(&Event) -> &Event,
        Event::scope => fn(&Event) -> Option<&Scope>,
        Point::attr => fn(&Point, Text, i64) -> &Point,
        Point::at => fn(&Point, SystemTime) -> &Point,
        Point::context => fn(&Point, Text) -> &Point,
        Point::timeline => fn(&Point, Text) -> &Point,
        Point::host => fn(&Point, Text) -> &Point,
        Point::parent => fn(&Point, Scope) -> &Point,
        Point::root => fn(&Point) -> &Point,
        Point::follows => for<'p> fn(&'p Point, &Scope) -> &'p Point,
        Scope::current => fn() -> Option<Scope>,
        Scope::path => fn(&Scope) -> String,
        Scope::enter => fn(&Scope),
        Scope::exit => fn(&Scope),
        <Ready as InstrumentExt>::in_current_event => fn(Ready) -> InEvent<Ready>,
    }
    const NONE: Event = Event::none();
    drop(NONE);
    is_moved::<InEvent<Ready>>();
    is_shared::<(Event, EventBuilder, Point, Scope)>();
}

#[test]
fn builders_are_as_they_were() {
    has! {
        EventBuilder::context => fn(EventBuilder, Text) -> EventBuilder,
        EventBuilder::timeline => fn(EventBuilder, String) -> EventBuilder,
        EventBuilder::host => fn(EventBuilder, Text) -> EventBuilder,
        EventBuilder::parent => fn(EventBuilder, Scope) -> EventBuilder,
        EventBuilder::root => fn(EventBuilder) -> EventBuilder,
        EventBuilder::follows => fn(EventBuilder, &Scope) -> EventBuilder,
        EventBuilder::started_at => fn(EventBuilder, SystemTime) -> EventBuilder,
        EventBuilder::attr => fn(EventBuilder, Text, bool) -> EventBuilder,
        EventBuilder::start => fn(EventBuilder) -> Event,
        EventBuilder::start_detached => fn(EventBuilder) -> Event,
        EventBuilder::clone => fn(&EventBuilder) -> EventBuilder,
        Client::builder => fn() -> ClientBuilder,
        Client::is_active => fn() -> bool,
        Client::stats => fn() -> Option<Stats>,
        ClientBuilder::from_env => fn(ClientBuilder) -> Result<ClientBuilder, InitError>,
        ClientBuilder::enabled => fn(ClientBuilder, bool) -> ClientBuilder,
        ClientBuilder::server => fn(ClientBuilder, &str) -> Result<ClientBuilder, InitError>,
        ClientBuilder::context => fn(ClientBuilder, Text) -> ClientBuilder,
        ClientBuilder::timeline => fn(ClientBuilder, Text) -> ClientBuilder,
        ClientBuilder::host => fn(ClientBuilder, Text) -> ClientBuilder,
        ClientBuilder::parent => fn(ClientBuilder, Text) -> ClientBuilder,
        ClientBuilder::traceparent => fn(ClientBuilder, Text) -> ClientBuilder,
        ClientBuilder::packet_bytes => fn(ClientBuilder, usize) -> ClientBuilder,
        ClientBuilder::thread_bytes => fn(ClientBuilder, usize) -> ClientBuilder,
        ClientBuilder::total_bytes => fn(ClientBuilder, usize) -> ClientBuilder,
        ClientBuilder::send_ends_twice => fn(ClientBuilder, bool) -> ClientBuilder,
        ClientBuilder::flush_deadline => fn(ClientBuilder, Duration) -> ClientBuilder,
        ClientBuilder::init => fn(ClientBuilder) -> Result<Guard, InitError>,
        ClientBuilder::clone => fn(&ClientBuilder) -> ClientBuilder,
        ClientBuilder::from => fn(Settings) -> ClientBuilder,
        Guard::flush => fn(&Guard, Duration) -> bool,
        Guard::finish => fn(Guard) -> Stats,
    }
    is_shared::<(ClientBuilder, Guard, InitError)>();
    is_copied::<Stats>();
    fn is_error<T: Error + Display>() {}
    is_error::<InitError>();
    is_error::<SettingError>();
    let _ = |SettingError { name, value, problem, .. }: SettingError| -> (Text, [String; 2]) {
        (name, [value, problem])
    };
    let _ = |error: InitError| -> Vec<SettingError> {
        if let InitError::Settings(mistakes) = error { mistakes } else { Vec::new() }
    };
}

#[test]
fn what_is_read_is_as_it_was() {
    let _ = |stats: Stats| -> [u64; 8] {
        let Stats { sent, packets, dropped_queue_full, dropped_name, dropped_unsent, .. } = stats;
        let Stats { refused, unrepeated, places, .. } = stats;
        [sent, packets, dropped_queue_full, dropped_name, dropped_unsent, refused, unrepeated, places]
    };
    let _ = |settings: Settings| -> (bool, u16, [String; 6], [usize; 3], bool, Duration) {
        let Settings { server_host, context, timeline, host, parent, traceparent, .. } = settings;
        let sizes = [settings.packet_bytes, settings.thread_bytes, settings.total_bytes];
        let texts = [server_host, context, timeline, host, parent, traceparent];
        let Settings { enabled, server_port, send_ends_twice, flush_deadline, .. } = settings;
        (enabled, server_port, texts, sizes, send_ends_twice, flush_deadline)
    };
    has! {
        DEFAULT_PORT => u16,
        Settings::set_server => fn(&mut Settings, Text, &str) -> Result<(), InitError>,
        Settings::from_variables => fn(Variable) -> Result<Settings, InitError>,
        Value::from => fn(bool) -> Value,
        Value::from => fn(i64) -> Value,
        Value::from => fn(u64) -> Value,
        Value::from => fn(f64) -> Value,
        Value::from => fn(Text) -> Value,
        Value::from => fn(String) -> Value,
        Value::as_wire => fn(&Value) -> wire::Value<'_>,
        Value::is_cut => fn(&Value) -> bool,
    }
}

#[test]
fn captures_are_as_they_were() {
    let _ = |mark: CapturedMark| -> (Kind, [String; 5], u64, SystemTime, Option<SystemTime>, Status, bool) {
        let CapturedMark { kind, path, context, timeline, host, id, time, started, status, text, .. } = mark;
        (kind, [path, context, timeline, host, text], id, time, started, status, mark.truncated)
    };
    let _ = |event: CapturedEvent| -> (bool, [String; 5], u64, Option<SystemTime>, BTreeMap<String, Value>) {
        let CapturedEvent { is_point, path, context, timeline, host, id, ended, text, attributes, .. } =
            event;
        let _: (SystemTime, Status, bool) = (event.started, event.status, event.truncated);
        (is_point, [path, context, timeline, host, text], id, ended, attributes)
    };
    has! {
        upto::testing::capture => fn() -> Capture,
        upto::testing::capture_all => fn() -> Capture,
        Capture::events => fn(&Capture) -> CapturedEvents,
        Capture::marks => fn(&Capture) -> Vec<CapturedMark>,
        Capture::missed => fn(&Capture) -> u64,
        CapturedEvents::find => for<'c> fn(&'c CapturedEvents, &str) -> Option<&'c CapturedEvent>,
        CapturedEvents::paths => fn(&CapturedEvents) -> Vec<&str>,
        CapturedEvent::attribute => for<'c> fn(&'c CapturedEvent, &str) -> Option<&'c Value>,
        CapturedEvent::duration => fn(&CapturedEvent) -> Option<Duration>,
        CapturedEvent::is_open => fn(&CapturedEvent) -> bool,
        CapturedEvent::follows => fn(&CapturedEvent) -> Vec<u64>,
        CapturedEvent::is_child_of => fn(&CapturedEvent, &CapturedEvent) -> bool,
    }
}

#[test]
fn the_wire_is_as_it_was() {
    type Attributes<'a> = [(&'a str, wire::Value<'a>)];
    has! {
        Decoder::new => fn() -> Decoder,
        Decoder::decode => for<'a> fn(&mut Decoder, &'a [u8]) -> Result<wire::Batch<'a>, wire::DecodeError>,
        Decoder::decode_singles =>
            for<'a> fn(&mut Decoder, &'a [u8], usize) -> Result<wire::Batch<'a>, wire::DecodeError>,
        Decoder::is_single => fn(&[u8]) -> bool,
        Decoder::is_bare_packet => fn(&[u8]) -> bool,
        Decoder::append_single =>
            for<'a> fn(&'a [u8], &mut wire::Batch<'a>) -> Result<(), wire::DecodeError>,
        Decoder::recycle => fn(&mut Decoder, wire::Batch<'_>),
        wire::encode_single => fn(&wire::Message<'_>, &Attributes<'_>, &mut Vec<u8>),
        wire::PacketWriter::new => fn(u64, wire::PacketDefaults, usize) -> wire::PacketWriter,
        wire::PacketWriter::set_default_timeline => fn(&mut wire::PacketWriter, &str),
        wire::PacketWriter::is_empty => fn(&wire::PacketWriter) -> bool,
        wire::PacketWriter::is_oversized => fn(&wire::PacketWriter) -> bool,
        wire::PacketWriter::push =>
            fn(&mut wire::PacketWriter, &wire::Message<'_>, &Attributes<'_>) -> wire::Pushed,
        wire::PacketWriter::finish => for<'w> fn(&'w mut wire::PacketWriter, &wire::Closing) -> &'w [u8],
        wire::PacketWriter::finish_padded =>
            for<'w> fn(&'w mut wire::PacketWriter, &wire::Closing) -> &'w [u8],
        Kind::number => fn(Kind) -> u8,
        Kind::from_number => fn(u64) -> Option<Kind>,
        Kind::word => fn(Kind) -> Text,
        Kind::from_word => fn(&str) -> Option<Kind>,
        Kind::is_report => fn(Kind) -> bool,
        Status::number => fn(Status) -> u8,
        Status::from_number => fn(u64) -> Option<Status>,
        Status::word => fn(Status) -> Text,
        Status::from_word => fn(&str) -> Option<Status>,
        wire::Reason::label => fn(wire::Reason) -> Text,
        |message| message.fault() => fn(&wire::Message<'_>) -> Option<(Text, wire::Reason)>,
        [wire::limits::NAME_BYTES, wire::limits::KEY_BYTES, wire::limits::ATTRIBUTES] => [usize; 3],
        [wire::limits::RECORDS, wire::limits::STRINGS, wire::limits::DEPTH] => [usize; 3],
        [wire::limits::DATAGRAM_BYTES, wire::limits::PACKET_BYTES] => [usize; 2],
    }
    fn is_hashed<T: Hash + Eq>() {}
    is_hashed::<(Kind, Status)>();
}
