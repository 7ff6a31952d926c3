//! Datagrams to messages: tells the two forms apart and reads packets.

use std::time::Duration;

use super::error::{DecodeError, Reason};
use super::limits;
use super::message::{Batch, Kind, Message, SessionInfo, Status};
use super::packet::{VERSION, extra, header};
use super::reader::{Reader, TextOrNumber};
use super::single;
use super::single::{check, read_attributes};

/// The first byte of every packet as they are written: an array of 5.
const PACKET: u8 = 0x95;
/// The last byte of a packet without records: an empty array.
const NO_RECORDS: u8 = 0x90;

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads datagrams, and keeps its buffers from one to the next so that reading allocates nothing
/// once they have grown.
#[derive(Debug, Default)]
pub struct Decoder {
    spare: Batch<'static>,
    spare_texts: Vec<&'static str>,
}

impl Decoder {
    /// A decoder with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one datagram. All its messages are good, or it is refused as a whole; records of unknown
    /// types are left out of a packet and counted in [`Batch::unknown`].
    ///
    /// # Errors
    /// What is wrong first, and where: see [`Reason`].
    pub fn decode<'a>(&mut self, datagram: &'a [u8]) -> Result<Batch<'a>> {
        let mut batch = std::mem::take(&mut self.spare);
        let mut texts = std::mem::take(&mut self.spare_texts);
        let result = read(datagram, &mut batch, &mut texts);
        self.spare_texts = reuse(texts);
        match result {
            Ok(()) => Ok(batch),
            Err(error) => {
                self.recycle(batch);
                Err(error)
            }
        }
    }

    /// Whether this datagram begins as a single message does, and not as a packet.
    #[must_use]
    pub fn is_single(datagram: &[u8]) -> bool {
        datagram.first().is_some_and(|first| is_map(*first))
    }

    /// Whether this datagram looks like a packet without records, as the one that closes a session mostly is, without reading
    /// it: for who has no time for more and must not lose that one.
    #[must_use]
    pub fn is_bare_packet(datagram: &[u8]) -> bool {
        datagram.first() == Some(&PACKET) && datagram.last() == Some(&NO_RECORDS)
    }

    /// Reads one datagram that is a single message, behind those that `batch` has: what came in datagrams one after the
    /// other can be worked off together.
    ///
    /// # Errors
    /// What is wrong first, and where, also with a packet; `batch` is as it was then.
    pub fn append_single<'a>(datagram: &'a [u8], batch: &mut Batch<'a>) -> Result<()> {
        let (messages, reports) = (batch.messages.len(), batch.reports.len());
        let attributes = batch.attributes.len();
        let mut reader = Reader::new(datagram);
        let read = single::decode(&mut reader, batch).and_then(|()| expect_end(&mut reader));
        if read.is_err() {
            batch.messages.truncate(messages);
            batch.reports.truncate(reports);
            batch.attributes.truncate(attributes);
        }
        read
    }

    /// Reads several single messages that follow one another, or one array of them.
    ///
    /// # Errors
    /// What is wrong first, and where; [`Reason::TooManyRecords`] above `limit` messages.
    pub fn decode_singles<'a>(&mut self, bytes: &'a [u8], limit: usize) -> Result<Batch<'a>> {
        let mut batch = Batch::default();
        let mut reader = Reader::new(bytes);
        let is_array = bytes.first().is_some_and(|first| is_array(*first));
        let listed = if is_array { reader.array_length()? } else { usize::MAX };
        let mut count = 0;
        while count < listed && (is_array || !reader.is_at_end()) {
            if count == limit {
                return reader.refuse(Reason::TooManyRecords);
            }
            single::decode(&mut reader, &mut batch)?;
            count += 1;
        }
        expect_end(&mut reader)?;
        Ok(batch)
    }

    /// Gives a batch's buffers back for the next datagram.
    pub fn recycle(&mut self, batch: Batch<'_>) {
        let Batch { messages, reports, attributes, .. } = batch;
        let (messages, reports, attributes) = (reuse(messages), reuse(reports), reuse(attributes));
        self.spare = Batch { messages, reports, attributes, ..Batch::default() };
    }
}

/// Empties `buffer` and keeps its memory, for elements that differ in lifetime only.
///
/// Collecting a mapped `Vec` into one of the same layout reuses the allocation.
fn reuse<T, U>(mut buffer: Vec<T>) -> Vec<U> {
    buffer.clear();
    buffer.into_iter().map_while(|_| None).collect()
}

fn read<'a>(datagram: &'a [u8], batch: &mut Batch<'a>, texts: &mut Vec<&'a str>) -> Result<()> {
    let mut reader = Reader::new(datagram);
    match datagram.first() {
        None => return reader.refuse(Reason::Empty),
        Some(first) if is_map(*first) => single::decode(&mut reader, batch)?,
        Some(first) if is_array(*first) => {
            PacketReader { reader: &mut reader, texts, defaults: Defaults::default() }.read(batch)?;
        }
        Some(_) => return reader.refuse(Reason::NotAMessage),
    }
    expect_end(&mut reader)
}

fn is_map(first: u8) -> bool {
    matches!(first, 0x80..=0x8f | 0xde | 0xdf)
}

fn is_array(first: u8) -> bool {
    matches!(first, 0x90..=0x9f | 0xdc | 0xdd)
}

fn expect_end(reader: &mut Reader<'_>) -> Result<()> {
    reader.enter("");
    if reader.is_at_end() { Ok(()) } else { reader.refuse(Reason::TrailingBytes) }
}

/// What a packet's header says once for all its records.
#[derive(Default)]
struct Defaults<'a> {
    time: i64,
    context: &'a str,
    timeline: &'a str,
    host: &'a str,
    id_base: u64,
    auto_ip: bool,
    sent_after: Option<i64>,
}

struct PacketReader<'r, 'a> {
    reader: &'r mut Reader<'a>,
    texts: &'r mut Vec<&'a str>,
    defaults: Defaults<'a>,
}

impl<'a> PacketReader<'_, 'a> {
    fn read(mut self, batch: &mut Batch<'a>) -> Result<()> {
        let elements = self.reader.array_length()?;
        if elements < 5 {
            return self.reader.refuse(Reason::Truncated);
        }
        self.read_version()?;
        let mut session = self.read_session()?;
        self.read_header(&mut session)?;
        batch.session = Some(session);
        self.read_records(batch)?;
        (5..elements).try_for_each(|_| self.reader.skip())
    }

    fn read_version(&mut self) -> Result<()> {
        self.reader.enter("version");
        if self.reader.unsigned()? == VERSION { Ok(()) } else { self.reader.refuse(Reason::UnknownVersion) }
    }

    fn read_session(&mut self) -> Result<SessionInfo> {
        self.reader.enter("session");
        let session = self.reader.unsigned()?;
        self.reader.enter("sequence");
        let sequence = self.reader.unsigned()?;
        Ok(SessionInfo { session, sequence, ..SessionInfo::default() })
    }

    fn read_header(&mut self, session: &mut SessionInfo) -> Result<()> {
        self.reader.enter("header");
        for _ in 0..self.reader.map_length()? {
            self.reader.enter("header");
            let key = self.reader.unsigned()?;
            self.read_header_field(key, session)?;
        }
        session.sent = self.defaults.sent_after.map(|after| self.defaults.time.saturating_add(after));
        Ok(())
    }

    fn read_header_field(&mut self, key: u64, session: &mut SessionInfo) -> Result<()> {
        match key {
            header::TIME => self.defaults.time = self.reader.signed()?,
            header::CONTEXT => self.defaults.context = self.reader.name()?,
            header::TIMELINE => self.defaults.timeline = self.reader.name()?,
            header::HOST => self.defaults.host = self.reader.name()?,
            header::ID_BASE => self.defaults.id_base = self.reader.unsigned()?,
            header::SENT => self.defaults.sent_after = Some(self.reader.signed()?),
            header::DROPPED => session.dropped = self.reader.unsigned()?,
            header::PACKETS => session.packets = Some(self.reader.unsigned()?),
            header::MESSAGES => session.messages_before = Some(self.reader.unsigned()?),
            header::AGE => session.age = Some(Duration::from_millis(self.reader.unsigned()?)),
            header::AUTO_IP => self.defaults.auto_ip = self.reader.boolean()?,
            _ => self.reader.skip()?,
        }
        Ok(())
    }

    fn read_records(&mut self, batch: &mut Batch<'a>) -> Result<()> {
        self.reader.enter("records");
        let records = self.reader.array_length()?;
        if records > limits::RECORDS {
            return self.reader.refuse(Reason::TooManyRecords);
        }
        (0..records).try_for_each(|_| self.read_record(batch))
    }

    fn read_record(&mut self, batch: &mut Batch<'a>) -> Result<()> {
        self.reader.enter("record");
        let elements = self.reader.array_length()?;
        if elements < 4 {
            return self.reader.refuse(Reason::Truncated);
        }
        let attributes = batch.attributes.len();
        self.reader.enter("type");
        let kind = Kind::from_number(self.reader.unsigned()?);
        let mut message = self.read_fixed(kind.unwrap_or_default())?;
        if elements > 4 {
            self.read_extras(&mut message, batch)?;
        }
        (5..elements).try_for_each(|_| self.reader.skip())?;
        if kind.is_none() {
            // It was read like the others because its texts have numbers, which later records may use.
            batch.attributes.truncate(attributes);
            batch.unknown += 1;
            return Ok(());
        }
        check(self.reader, &message)?;
        batch.push(message);
        Ok(())
    }

    fn read_fixed(&mut self, kind: Kind) -> Result<Message<'a>> {
        self.reader.enter("name");
        let name = self.read_name()?;
        self.reader.enter("id");
        let id = self.read_id()?;
        self.reader.enter("time");
        let time = self.read_time()?;
        let Defaults { context, timeline, host, auto_ip, .. } = self.defaults;
        Ok(Message { kind, context, timeline, host, auto_ip, name, id, time, ..Message::default() })
    }

    fn read_extras(&mut self, message: &mut Message<'a>, batch: &mut Batch<'a>) -> Result<()> {
        self.reader.enter("extras");
        for _ in 0..self.reader.map_length()? {
            self.reader.enter("extras");
            let key = self.reader.unsigned()?;
            self.read_extra(key, message, batch)?;
        }
        Ok(())
    }

    fn read_extra(&mut self, key: u64, message: &mut Message<'a>, batch: &mut Batch<'a>) -> Result<()> {
        match key {
            extra::DURATION => message.started = self.read_started(message.time)?,
            extra::CONTEXT => message.context = self.read_name()?,
            extra::TIMELINE => message.timeline = self.read_name()?,
            extra::HOST => message.host = self.read_name()?,
            extra::PARENT => message.parent = self.read_id()?,
            extra::STATUS => message.status = self.read_status()?,
            extra::ATTRIBUTES => message.attributes = self.read_attributes(batch)?,
            extra::TEXT => message.text = self.reader.text()?,
            extra::TRUNCATED => message.truncated = self.reader.boolean()?,
            extra::STARTED => message.started = Some(self.reader.signed()?),
            extra::AUTO_IP => message.auto_ip = self.reader.boolean()?,
            _ => self.reader.skip()?,
        }
        Ok(())
    }

    fn read_status(&mut self) -> Result<Status> {
        let number = self.reader.unsigned()?;
        Status::from_number(number).ok_or_else(|| self.reader.error(Reason::UnknownStatus))
    }

    fn read_attributes(&mut self, batch: &mut Batch<'a>) -> Result<std::ops::Range<u32>> {
        let texts = &mut *self.texts;
        read_attributes(self.reader, batch, |reader| read_text(reader, texts))
    }

    fn read_name(&mut self) -> Result<&'a str> {
        let name = read_text(self.reader, self.texts)?;
        if name.len() > limits::NAME_BYTES { self.reader.refuse(Reason::NameTooLong) } else { Ok(name) }
    }

    fn read_id(&mut self) -> Result<u64> {
        match self.reader.unsigned()? {
            0 => Ok(0),
            id => Ok(self.defaults.id_base.wrapping_add(id)),
        }
    }

    fn read_time(&mut self) -> Result<Option<i64>> {
        let Some(after) = self.reader.optional_signed()? else { return Ok(None) };
        let time = self.defaults.time.checked_add(after);
        time.map(Some).ok_or_else(|| self.reader.error(Reason::TimeOutOfRange))
    }

    /// The start of an event that took a while until `end`; without an end, a duration says nothing.
    fn read_started(&mut self, end: Option<i64>) -> Result<Option<i64>> {
        let duration = self.reader.signed()?;
        let Some(end) = end else { return Ok(None) };
        let started = end.checked_sub(duration);
        started.map(Some).ok_or_else(|| self.reader.error(Reason::TimeOutOfRange))
    }
}

/// A text that is new to the packet and gets the next number, or the number of an earlier one.
fn read_text<'a>(reader: &mut Reader<'a>, texts: &mut Vec<&'a str>) -> Result<&'a str> {
    match reader.text_or_number(Reason::UnknownReference)? {
        TextOrNumber::Text(_) if texts.len() == limits::STRINGS => reader.refuse(Reason::TooManyStrings),
        TextOrNumber::Text(text) => {
            texts.push(text);
            Ok(text)
        }
        TextOrNumber::Number(number) => {
            let known = usize::try_from(number).ok().and_then(|number| texts.get(number));
            known.copied().ok_or_else(|| reader.error(Reason::UnknownReference))
        }
    }
}
