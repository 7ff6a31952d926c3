//! A column of numbers, and how it is written.

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The greatest number that every reader of JSON takes as it is: those of JavaScript are floats.
const EXACT: u64 = (1 << 53) - 1;
/// Bytes of a number at most.
const WIDTH: usize = 8;

/// A column of numbers. In formats for people, an array of numbers, in which those beyond 2^53 - 1 are texts; in others,
/// bytes: how many each number takes, then the lowest byte of every number (zigzagged), then the next, and so on. What is
/// alike is then together, which compressors make use of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(pub Vec<i64>);

impl FromIterator<i64> for Numbers {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        Numbers(numbers.into_iter().collect())
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&planes(&self.0));
        }
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for number in &self.0 {
            sequence.serialize_element(&Exact(*number))?;
        }
        sequence.end()
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_seq(Column);
        }
        deserializer.deserialize_bytes(Column)
    }
}

struct Column;

impl<'de> Visitor<'de> for Column {
    type Value = Numbers;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a column of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Numbers, A::Error> {
        let mut numbers = Vec::new();
        while let Some(Exact(number)) = sequence.next_element()? {
            numbers.push(number);
        }
        Ok(Numbers(numbers))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Numbers, E> {
        let numbers = numbers(bytes).map(Numbers);
        numbers.ok_or_else(|| E::custom("a column whose bytes are not those of whole numbers"))
    }
}

/// As few bytes for each as the longest takes.
fn planes(numbers: &[i64]) -> Vec<u8> {
    let zigzag = |number: &i64| ((number << 1) ^ (number >> 63)).cast_unsigned();
    let bits = u64::BITS - numbers.iter().fold(0, |bits, number| bits | zigzag(number)).leading_zeros();
    let width = bits.div_ceil(8).max(1);
    let mut bytes = Vec::with_capacity(1 + numbers.len() * WIDTH);
    bytes.extend(u8::try_from(width));
    for plane in 0..width as usize {
        bytes.extend(numbers.iter().map(|number| zigzag(number).to_le_bytes()[plane]));
    }
    bytes
}

fn numbers(bytes: &[u8]) -> Option<Vec<i64>> {
    let (width, planes) = bytes.split_first()?;
    let width = usize::from(*width);
    if !(1..=WIDTH).contains(&width) || !planes.len().is_multiple_of(width) {
        return None;
    }
    let count = planes.len() / width;
    let number = |at: usize| {
        let mut zigzag = [0; WIDTH];
        (0..width).for_each(|plane| zigzag[plane] = planes[plane * count + at]);
        let zigzag = u64::from_le_bytes(zigzag);
        (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
    };
    Some((0..count).map(number).collect())
}

/// A number that every reader takes as it is.
struct Exact(i64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        exact::deserialize(deserializer).map(Exact)
    }
}

/// A number; where people may read it, a text if not every reader of JSON takes it as it is.
pub(super) mod exact {
    use super::{Deserialize, Deserializer, EXACT, Error, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() && number.unsigned_abs() > EXACT {
            true => serializer.collect_str(number),
            false => serializer.serialize_i64(*number),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Told {
            Number(i64),
            Text(String),
        }
        match Told::deserialize(deserializer)? {
            Told::Number(number) => Ok(number),
            Told::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}
