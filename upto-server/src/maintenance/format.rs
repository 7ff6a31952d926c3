//! The records of an export. `maintenance/EXPORT.md` tells the format.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::ToolError;
use crate::store::{MAX_NAME_LENGTH, MAX_VALUE_LENGTH};

/// The version that this code writes, and the highest that it reads.
pub(super) const VERSION: u32 = 1;
/// What the first record says.
pub(super) const FORMAT: &str = "upto-export";
/// Bytes of a record at most: the longest value, a name, and a little more.
const RECORD_BYTES: usize = MAX_VALUE_LENGTH + MAX_NAME_LENGTH + (1 << 19);
/// Bytes before a record: its length and its checksum.
const HEAD_BYTES: usize = 8;

/// One thing that an export holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Record {
    Begin(Begin),
    Document(DocumentRecord),
    Block(BlockRecord),
    End(Counts),
}

/// What the export is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) export: u64,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DocumentRecord {
    pub(super) key: String,
    #[serde(with = "serde_bytes")]
    pub(super) value: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockRecord {
    pub(super) stream: String,
    pub(super) cursor: u64,
    #[serde(with = "serde_bytes")]
    pub(super) block: Vec<u8>,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) documents: u64,
    pub(super) blocks: u64,
}

impl Counts {
    /// Counts a record.
    pub(super) fn add(&mut self, record: &Record) {
        match record {
            Record::Document(_) => self.documents += 1,
            Record::Block(_) => self.blocks += 1,
            Record::Begin(_) | Record::End(_) => {}
        }
    }
}

/// Writes a record; the bytes that it takes.
pub(super) fn write(record: &Record, to: &mut impl Write) -> Result<u64, ToolError> {
    let bytes = rmp_serde::to_vec_named(record).map_err(|error| ToolError::Damaged(error.to_string()))?;
    let length =
        u32::try_from(bytes.len()).map_err(|_| ToolError::Damaged("a record is too long".to_owned()))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
    to.write_all(&bytes)?;
    Ok(u64::from(length) + HEAD_BYTES as u64)
}

/// What is read next.
#[derive(Debug)]
pub(super) enum Next {
    /// A record of so many bytes, its frame included; `None` if it is of an unknown kind.
    Record(Option<Record>, u64),
    /// The input ends, here or within the frame: what was to follow was never written.
    Nothing,
}

/// Reads the next record. What is torn at the end of the input is as if it were not there.
///
/// # Errors
/// [`ToolError::Damaged`] when this is no frame, [`ToolError::Io`] when it can't be read.
pub(super) fn read(from: &mut impl Read) -> Result<Next, ToolError> {
    let mut head = [0; HEAD_BYTES];
    if !is_filled(from, &mut head)? {
        return Ok(Next::Nothing);
    }
    let [a, b, c, d, check @ ..] = head;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > RECORD_BYTES {
        return Err(ToolError::Damaged(format!("a record of {length} bytes")));
    }
    let mut bytes = vec![0; length];
    if !is_filled(from, &mut bytes)? {
        return Ok(Next::Nothing);
    }
    if crc32fast::hash(&bytes) != u32::from_le_bytes(check) {
        return Err(ToolError::Damaged("a record has another checksum".to_owned()));
    }
    let size = (HEAD_BYTES + length) as u64;
    Ok(Next::Record(rmp_serde::from_slice(&bytes).ok(), size))
}

/// Reads the first record, and checks that it is one of ours.
pub(super) fn read_begin(from: &mut impl Read) -> Result<(Begin, u64), ToolError> {
    match read(from)? {
        Next::Record(Some(Record::Begin(begin)), _) if begin.version > VERSION => {
            Err(ToolError::Newer(begin.version))
        }
        Next::Record(Some(Record::Begin(begin)), size) if begin.format == FORMAT => Ok((begin, size)),
        Next::Record(..) => Err(ToolError::Damaged("it begins with something else".to_owned())),
        Next::Nothing => Err(ToolError::Incomplete),
    }
}

/// False if the input ends first.
fn is_filled(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        let begin =
            Begin { format: FORMAT.to_owned(), version: VERSION, export: u64::MAX, source: "s".to_owned() };
        vec![
            Record::Begin(begin),
            Record::Document(DocumentRecord { key: "k/\u{0}".to_owned(), value: vec![0, 255] }),
            Record::Block(BlockRecord { stream: "s".to_owned(), cursor: 7, block: vec![1; 1_000] }),
            Record::End(Counts { documents: 1, blocks: 1 }),
        ]
    }

    fn written() -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in records() {
            write(&record, &mut bytes).expect("written");
        }
        bytes
    }

    fn all(mut from: &[u8]) -> Result<Vec<Record>, ToolError> {
        let mut found = Vec::new();
        while let Next::Record(record, _) = read(&mut from)? {
            found.extend(record);
        }
        Ok(found)
    }

    #[test]
    fn records_come_back() {
        assert_eq!(all(&written()).expect("records"), records());
    }

    #[test]
    fn what_is_cut_off_gives_the_whole_records_before() {
        let bytes = written();
        for length in 0..bytes.len() {
            let found = all(&bytes[..length]).expect("no damage");
            assert_eq!(found, records()[..found.len()], "{length}");
            assert!(found.len() < records().len());
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let bytes = written();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            // A longer length may reach behind the end.
            assert!(all(&changed).map_or(true, |found| found.len() < records().len()), "{place}");
        }
    }

    #[test]
    fn kinds_and_entries_of_later_versions_are_left_out() {
        #[derive(Serialize)]
        #[serde(rename_all = "lowercase")]
        enum Later {
            Seal(Vec<u8>),
            End { documents: u64, blocks: u64, leases: u64 },
        }
        let mut bytes = Vec::new();
        for later in [Later::Seal(vec![1]), Later::End { documents: 1, blocks: 2, leases: 3 }] {
            let record = rmp_serde::to_vec_named(&later).expect("bytes");
            bytes.extend_from_slice(&u32::try_from(record.len()).expect("short").to_le_bytes());
            bytes.extend_from_slice(&crc32fast::hash(&record).to_le_bytes());
            bytes.extend_from_slice(&record);
        }
        assert_eq!(all(&bytes).expect("records"), [Record::End(Counts { documents: 1, blocks: 2 })]);
    }

    #[test]
    fn what_is_no_export_is_refused() {
        let begin = |format: &str, version| {
            let (format, source) = (format.to_owned(), String::new());
            let mut bytes = Vec::new();
            let record = Record::Begin(Begin { format, version, export: 1, source });
            write(&record, &mut bytes).expect("written");
            read_begin(&mut &*bytes).map(|_| ())
        };
        assert!(begin(FORMAT, VERSION).is_ok());
        assert!(matches!(begin(FORMAT, VERSION + 1), Err(ToolError::Newer(_))));
        assert!(matches!(begin("something", VERSION), Err(ToolError::Damaged(_))));
        assert!(matches!(read_begin(&mut &[255_u8; 100][..]), Err(ToolError::Damaged(_))));
        assert!(matches!(read_begin(&mut &b""[..]), Err(ToolError::Incomplete)));
    }
}
