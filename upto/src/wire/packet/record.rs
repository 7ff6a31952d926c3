//! One record of a packet: what every message has, and a map of what is seldom said.

use std::collections::HashMap;

use rmp::encode::{write_array_len, write_bool, write_map_len, write_nil, write_sint, write_str, write_uint};

use super::super::message::{Message, Status, Value};
use super::super::single::write_value;
use super::{PacketDefaults, extra, write_signed, write_unsigned};

/// Appends the record of `message`, whose time is `after` the packet's; `None`: it has no time.
pub(super) fn write(
    message: &Message<'_>,
    attributes: &[(&str, Value<'_>)],
    after: Option<i64>,
    defaults: &PacketDefaults,
    texts: &mut Texts,
    to: &mut Vec<u8>,
) {
    let extras = Extras::of(message, attributes, defaults);
    let count = extras.count();
    // Writing into a Vec can't fail.
    let _ = write_array_len(to, if count == 0 { 4 } else { 5 });
    let _ = write_uint(to, u64::from(message.kind.number()));
    texts.write(message.name, to);
    let _ = write_uint(to, relative(message.id, defaults.id_base));
    let _ = match after {
        Some(after) => write_sint(to, after).is_ok(),
        None => write_nil(to).is_ok(),
    };
    if count > 0 {
        let _ = write_map_len(to, u32::from(count));
        extras.write(texts, to);
    }
}

/// What of a message is not already said by the header or by being left out.
struct Extras<'m> {
    duration: Option<i64>,
    started: Option<i64>,
    names: [(u64, Option<&'m str>); 3],
    parent: Option<u64>,
    status: Option<Status>,
    attributes: &'m [(&'m str, Value<'m>)],
    text: Option<&'m str>,
    truncated: bool,
    auto_ip: Option<bool>,
}

impl<'m> Extras<'m> {
    fn of(message: &Message<'m>, attributes: &'m [(&'m str, Value<'m>)], defaults: &PacketDefaults) -> Self {
        // Empty texts mostly, whose addresses lead nowhere: comparing their bytes, though there are none, takes some
        // processors a hundred nanoseconds.
        let is_same =
            |text: &str, default: &str| text.len() == default.len() && (text.is_empty() || text == default);
        let other = |text: &'m str, default: &str| (!is_same(text, default)).then_some(text);
        let duration = message.started.and_then(|started| message.time?.checked_sub(started));
        Extras {
            duration,
            started: message.started.filter(|_| duration.is_none()),
            names: [
                (extra::CONTEXT, other(message.context, &defaults.context)),
                (extra::TIMELINE, other(message.timeline, &defaults.timeline)),
                (extra::HOST, other(message.host, &defaults.host)),
            ],
            parent: (message.parent != 0).then(|| relative(message.parent, defaults.id_base)),
            status: (message.status != Status::Ok).then_some(message.status),
            attributes,
            text: (!message.text.is_empty()).then_some(message.text),
            truncated: message.truncated,
            auto_ip: (message.auto_ip != defaults.auto_ip).then_some(message.auto_ip),
        }
    }

    fn count(&self) -> u8 {
        let names = self.names.iter().map(|(_, name)| name.is_some());
        let others = [
            self.duration.is_some(),
            self.parent.is_some(),
            self.status.is_some(),
            !self.attributes.is_empty(),
            self.text.is_some(),
            self.truncated,
            self.started.is_some(),
            self.auto_ip.is_some(),
        ];
        names.chain(others).map(u8::from).sum()
    }

    fn write(&self, texts: &mut Texts, to: &mut Vec<u8>) {
        if let Some(duration) = self.duration {
            write_signed(extra::DURATION, duration, to);
        }
        for (key, name) in self.names.iter().filter_map(|(key, name)| Some((*key, (*name)?))) {
            let _ = write_uint(to, key);
            texts.write(name, to);
        }
        if let Some(parent) = self.parent {
            write_unsigned(extra::PARENT, parent, to);
        }
        if let Some(status) = self.status {
            write_unsigned(extra::STATUS, u64::from(status.number()), to);
        }
        write_attributes(self.attributes, texts, to);
        if let Some(text) = self.text {
            let _ = write_uint(to, extra::TEXT);
            let _ = write_str(to, text);
        }
        if self.truncated {
            write_flag(extra::TRUNCATED, true, to);
        }
        if let Some(started) = self.started {
            write_signed(extra::STARTED, started, to);
        }
        if let Some(auto_ip) = self.auto_ip {
            write_flag(extra::AUTO_IP, auto_ip, to);
        }
    }
}

/// The texts of one packet that got a number by being written.
#[derive(Debug, Default)]
pub(super) struct Texts {
    count: usize,
    /// Those that are looked up by what they say, in the order of their numbers.
    order: Vec<(usize, String)>,
    numbers: HashMap<String, usize>,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.count = self.count.min(length);
        let kept = self.order.partition_point(|(number, _)| *number < length);
        for (_, text) in self.order.drain(kept..) {
            self.numbers.remove(&text);
        }
    }

    /// Numbers a text that its owner finds again.
    pub(super) fn add_unlisted(&mut self) -> usize {
        self.count += 1;
        self.count - 1
    }

    fn write(&mut self, text: &str, to: &mut Vec<u8>) {
        if let Some(number) = self.numbers.get(text) {
            let _ = write_uint(to, *number as u64);
            return;
        }
        let number = self.add_unlisted();
        let _ = write_str(to, text);
        self.numbers.insert(text.to_owned(), number);
        self.order.push((number, text.to_owned()));
    }
}

fn write_attributes(attributes: &[(&str, Value<'_>)], texts: &mut Texts, to: &mut Vec<u8>) {
    if attributes.is_empty() {
        return;
    }
    let _ = write_uint(to, extra::ATTRIBUTES);
    let _ = write_map_len(to, u32::try_from(attributes.len()).unwrap_or(u32::MAX));
    for (key, value) in attributes {
        texts.write(key, to);
        write_value(*value, to);
    }
}

fn write_flag(key: u64, flag: bool, to: &mut Vec<u8>) {
    let _ = write_uint(to, key);
    let _ = write_bool(to, flag);
}

fn relative(id: u64, base: u64) -> u64 {
    if id == 0 { 0 } else { id.wrapping_sub(base) }
}
