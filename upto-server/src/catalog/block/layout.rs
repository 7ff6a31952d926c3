//! What both the writer and the reader of a block know of its columns.

use upto::wire::Status;

use crate::timeline::MarkKind;

/// One byte of each mark: what it is, and which other columns have something of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) form: Form,
    pub(super) status: Status,
    pub(super) has_parent: bool,
    pub(super) is_truncated: bool,
    pub(super) has_details: bool,
}

/// The kind of a mark and where the rest is. A *paired* end is of an event that started in the same block, which
/// knows its name, host and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Start,
    Point,
    /// An end whose event started elsewhere, or has no id.
    End,
    /// As `End`; it knows when that was.
    EndStarted,
    /// A paired end that does not say when the event started.
    PairedEnd,
    /// A paired end that says it started when the start said so.
    PairedEndSame,
    /// A paired end that says it started at another time.
    PairedEndStarted,
}

impl Form {
    const ALL: [Form; 7] = [
        Form::Start,
        Form::Point,
        Form::End,
        Form::EndStarted,
        Form::PairedEnd,
        Form::PairedEndSame,
        Form::PairedEndStarted,
    ];

    pub(super) fn kind(self) -> MarkKind {
        match self {
            Form::Start => MarkKind::Start,
            Form::Point => MarkKind::Point,
            _ => MarkKind::End,
        }
    }

    pub(super) fn is_paired(self) -> bool {
        matches!(self, Form::PairedEnd | Form::PairedEndSame | Form::PairedEndStarted)
    }

    pub(super) fn has_started(self) -> bool {
        matches!(self, Form::EndStarted | Form::PairedEndStarted)
    }

    fn number(self) -> u8 {
        match self {
            Form::Start => 0,
            Form::Point => 1,
            Form::End => 2,
            Form::EndStarted => 3,
            Form::PairedEnd => 4,
            Form::PairedEndSame => 5,
            Form::PairedEndStarted => 6,
        }
    }
}

const STATUS_SHIFT: u32 = 3;
const PARENT: u8 = 1 << 5;
const TRUNCATED: u8 = 1 << 6;
const DETAILS: u8 = 1 << 7;

impl Control {
    pub(super) fn byte(self) -> u8 {
        let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        self.form.number()
            | self.status.number() << STATUS_SHIFT
            | bit(self.has_parent, PARENT)
            | bit(self.is_truncated, TRUNCATED)
            | bit(self.has_details, DETAILS)
    }

    /// `None` for a byte that none has.
    pub(super) fn of(byte: u8) -> Option<Self> {
        Some(Control {
            form: *Form::ALL.get(usize::from(byte & 7))?,
            status: Status::from_number(u64::from(byte >> STATUS_SHIFT & 3))?,
            has_parent: byte & PARENT != 0,
            is_truncated: byte & TRUNCATED != 0,
            has_details: byte & DETAILS != 0,
        })
    }
}

/// One thing for each column; in a block they lie in this order.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns<T> {
    pub(super) controls: T,
    pub(super) names: T,
    pub(super) hosts: T,
    pub(super) lanes: T,
    pub(super) ids: T,
    pub(super) times: T,
    pub(super) time_lows: T,
    pub(super) pairs: T,
    pub(super) started: T,
    pub(super) parents: T,
    pub(super) details: T,
    pub(super) texts: T,
}

impl<T> Columns<T> {
    pub(super) fn each(&self) -> [&T; 12] {
        let Columns { controls, names, hosts, lanes, ids, times, time_lows, .. } = self;
        let Columns { pairs, started, parents, details, texts, .. } = self;
        [controls, names, hosts, lanes, ids, times, time_lows, pairs, started, parents, details, texts]
    }

    pub(super) fn each_mut(&mut self) -> [&mut T; 12] {
        let Columns { controls, names, hosts, lanes, ids, times, time_lows, .. } = self;
        let Columns { pairs, started, parents, details, texts, .. } = self;
        [controls, names, hosts, lanes, ids, times, time_lows, pairs, started, parents, details, texts]
    }

    /// Makes each of the columns, by its name.
    pub(super) fn try_of<E>(mut make: impl FnMut(&'static str) -> Result<T, E>) -> Result<Self, E> {
        Ok(Columns {
            controls: make("controls")?,
            names: make("names")?,
            hosts: make("hosts")?,
            lanes: make("lanes")?,
            ids: make("ids")?,
            times: make("times")?,
            time_lows: make("time_lows")?,
            pairs: make("pairs")?,
            started: make("started")?,
            parents: make("parents")?,
            details: make("details")?,
            texts: make("texts")?,
        })
    }
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FieldType {
    Bool,
    Int,
    Uint,
    Float,
    Text,
}

impl FieldType {
    const ALL: [Self; 5] =
        [FieldType::Bool, FieldType::Int, FieldType::Uint, FieldType::Float, FieldType::Text];

    pub(super) fn number(self) -> u8 {
        match self {
            FieldType::Bool => 0,
            FieldType::Int => 1,
            FieldType::Uint => 2,
            FieldType::Float => 3,
            FieldType::Text => 4,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_control_of_its_own_or_none() {
        let controls = (0..=u8::MAX).filter_map(|byte| Some((byte, Control::of(byte)?)));
        assert_eq!(controls.clone().count(), 7 * 3 * 8);
        controls.for_each(|(byte, control)| assert_eq!(control.byte(), byte));
    }

    #[test]
    fn types_have_their_numbers() {
        for kind in FieldType::ALL {
            assert_eq!(FieldType::from_number(kind.number()), Some(kind));
        }
        assert_eq!(FieldType::from_number(5), None);
    }
}
